// Unpacks gzip bodies, with a bound on what comes out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sapa {

enum class Unpacked { kDone, kTooLarge, kDamaged };

/// `out` is overwritten and never grows beyond `most_bytes`.
Unpacked gunzip(std::string_view packed, size_t most_bytes, std::string& out);

}  // namespace sapa
