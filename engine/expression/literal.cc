#include "engine/expression/literal.h"

#include <charconv>
#include <cmath>

namespace sapa::expression {
namespace {

LiteralResult failure(std::string why, size_t offset, size_t length) {
  LiteralResult result;
  result.error = std::move(why);
  result.error_offset = static_cast<uint32_t>(offset);
  result.error_length = static_cast<uint32_t>(length);
  return result;
}

LiteralResult success(Value value) {
  LiteralResult result;
  result.value = value;
  return result;
}

bool parse_magnitude(std::string_view text, uint64_t& out) {
  int base = 10;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text.remove_prefix(2);
  }
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size();
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// `digits` digits of base 8 or 16 at `at`; false if there are fewer.
bool read_code(std::string_view body, size_t at, size_t digits, uint32_t base, uint32_t& out) {
  if (at + digits > body.size()) return false;
  out = 0;
  for (size_t i = 0; i < digits; ++i) {
    int digit = hex_digit(body[at + i]);
    if (digit < 0 || static_cast<uint32_t>(digit) >= base) return false;
    out = out * base + static_cast<uint32_t>(digit);
  }
  return true;
}

char simple_escape(char c) {
  switch (c) {
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case '\\':
    case '?':
    case '"':
    case '\'':
    case '`':
      return c;
    default:
      return '\0';
  }
}

constexpr bool is_surrogate(uint32_t code) { return code >= 0xD800 && code <= 0xDFFF; }

/// Reads the escape at body[at] == '\\', appends what it means and moves `at` past it.
/// Returns a reason on failure.
const char* unescape_one(std::string_view body, size_t& at, bool is_bytes, std::string& out) {
  if (at + 1 >= body.size()) return "incomplete escape sequence";
  char c = body[at + 1];
  if (char simple = simple_escape(c); simple != '\0') {
    out += simple;
    at += 2;
    return nullptr;
  }
  uint32_t code = 0;
  bool octet = false;
  if (c == 'x' || c == 'X') {
    if (!read_code(body, at + 2, 2, 16, code)) return "\\x is followed by two hexadecimal digits";
    octet = true;
    at += 4;
  } else if (c >= '0' && c <= '3') {
    if (!read_code(body, at + 1, 3, 8, code)) return "an octal escape has three digits";
    octet = true;
    at += 4;
  } else if (c == 'u' || c == 'U') {
    if (is_bytes) return "\\u and \\U are not allowed in bytes; use \\x";
    size_t digits = c == 'u' ? 4 : 8;
    if (!read_code(body, at + 2, digits, 16, code)) {
      return c == 'u' ? "\\u is followed by four hexadecimal digits"
                      : "\\U is followed by eight hexadecimal digits";
    }
    at += 2 + digits;
    uint32_t low = 0;
    if (c == 'u' && code >= 0xD800 && code <= 0xDBFF && body.substr(at, 2) == "\\u" &&
        read_code(body, at + 2, 4, 16, low) && low >= 0xDC00 && low <= 0xDFFF) {
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      at += 6;
    }
    if (code > 0x10FFFF || is_surrogate(code)) return "the escape is not a Unicode code point";
  } else {
    return "unknown escape sequence";
  }
  if (is_bytes && octet) {
    out += static_cast<char>(code);
  } else {
    append_utf8(code, out);
  }
  return nullptr;
}

}  // namespace

void append_utf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

LiteralResult parse_int_literal(std::string_view text, bool negative) {
  uint64_t magnitude = 0;
  uint64_t limit = (uint64_t{1} << 63) - (negative ? 0 : 1);
  if (!parse_magnitude(text, magnitude) || magnitude > limit) {
    return failure("the number does not fit into an int", 0, text.size());
  }
  uint64_t bits = negative ? 0 - magnitude : magnitude;
  return success(Value::of_int(static_cast<int64_t>(bits)));
}

LiteralResult parse_uint_literal(std::string_view text) {
  uint64_t magnitude = 0;
  if (!parse_magnitude(text.substr(0, text.size() - 1), magnitude)) {
    return failure("the number does not fit into a uint", 0, text.size());
  }
  return success(Value::of_uint(magnitude));
}

LiteralResult parse_double_literal(std::string_view text, bool negative) {
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) {
    // Too small is zero or a denormal; too large is an error.
    number = std::strtod(std::string(text).c_str(), nullptr);
  } else if (error != std::errc() || end != text.data() + text.size()) {
    return failure("malformed number", 0, text.size());
  }
  if (std::isinf(number)) return failure("the number does not fit into a double", 0, text.size());
  return success(Value::of_double(negative ? -number : number));
}

LiteralResult parse_quoted_literal(std::string_view text, bool is_bytes, Arena& arena) {
  size_t prefix = text.find_first_of("'\"");
  bool raw = text.substr(0, prefix).find_first_of("rR") != std::string_view::npos;
  char quote = text[prefix];
  bool triple = text.size() >= prefix + 6 && text[prefix + 1] == quote && text[prefix + 2] == quote;
  size_t quotes = triple ? 3 : 1;
  std::string_view body = text.substr(prefix + quotes, text.size() - prefix - 2 * quotes);
  auto wrap = [&](std::string_view s) {
    return success(is_bytes ? Value::of_bytes(s) : Value::of_string(s));
  };
  if (raw || body.find('\\') == std::string_view::npos) return wrap(arena.copy(body));
  std::string out;
  out.reserve(body.size());
  for (size_t at = 0; at < body.size();) {
    if (body[at] != '\\') {
      out += body[at++];
      continue;
    }
    size_t start = at;
    if (const char* why = unescape_one(body, at, is_bytes, out)) {
      return failure(why, prefix + quotes + start, 2);
    }
  }
  return wrap(arena.copy(out));
}

}  // namespace sapa::expression
