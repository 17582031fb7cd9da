// Positions in a text count code points, bytes lie underneath. For texts that are valid UTF-8; of
// others every stray byte counts as one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sapa::expression {

inline bool starts_code_point(char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }

inline int64_t count_code_points(std::string_view text) {
  int64_t count = 0;
  for (char c : text) count += starts_code_point(c);
  return count;
}

/// The byte where code point `position` starts; text.size() for the one after the last; npos
/// beyond.
inline size_t byte_of_code_point(std::string_view text, int64_t position) {
  if (position < 0) return std::string_view::npos;
  for (size_t i = 0; i < text.size(); ++i) {
    if (starts_code_point(text[i]) && position-- == 0) return i;
  }
  return position == 0 ? text.size() : std::string_view::npos;
}

/// Bytes of the code point at the front.
inline size_t first_code_point_length(std::string_view text) {
  size_t length = text.empty() ? 0 : 1;
  while (length < text.size() && !starts_code_point(text[length])) ++length;
  return length;
}

}  // namespace sapa::expression
