// Random message ids.
#pragma once

#include <string>

namespace sapa {

/// A version 4 UUID (RFC 9562). Any thread.
std::string random_uuid();

}  // namespace sapa
