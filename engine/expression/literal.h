// The values of number and string literals.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/base/value.h"

namespace sapa::expression {

/// A literal's value, or why it has none. `error_offset` is relative to the literal's text.
struct LiteralResult {
  Value value;
  std::string error;
  uint32_t error_offset = 0;
  uint32_t error_length = 0;
};

/// "12", "0x1F": with the sign given apart, so that the least int can be written.
LiteralResult parse_int_literal(std::string_view text, bool negative);
/// "12u"
LiteralResult parse_uint_literal(std::string_view text);
LiteralResult parse_double_literal(std::string_view text, bool negative);

/// The whole literal with prefix and quotes; the value's bytes are in `arena` or in `text` itself.
LiteralResult parse_quoted_literal(std::string_view text, bool is_bytes, Arena& arena);

/// Appends the code point as UTF-8.
void append_utf8(uint32_t code_point, std::string& out);

}  // namespace sapa::expression
