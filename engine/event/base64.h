// Base64 (RFC 4648, standard alphabet), as CloudEvents carry bytes in JSON.
#pragma once

#include <string>
#include <string_view>

namespace sapa {

/// False for anything that is not base64; padding may be left out, blanks may not stand inside.
/// `out` is overwritten.
bool decode_base64(std::string_view text, std::string& out);

std::string encode_base64(std::string_view bytes);

}  // namespace sapa
