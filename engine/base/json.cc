#include "engine/base/json.h"

#include <charconv>
#include <cmath>

#include "engine/base/time.h"
#include "engine/base/utf8.h"

namespace sapa {
namespace {

constexpr double kLargestSafeInteger = 9007199254740992.0;

void append_base64(std::string_view bytes, std::string& out) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    size_t count = std::min<size_t>(3, bytes.size() - i);
    for (size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < count ? static_cast<uint8_t>(bytes[i + j]) : 0u);
    }
    for (size_t j = 0; j < 4; ++j) {
      out += j <= count ? kAlphabet[group >> (18 - 6 * j) & 63] : '=';
    }
  }
}

void append_nanos(int32_t nanos, std::string& out) {
  if (nanos == 0) return;
  char digits[] = ".000000000";
  for (int i = 9; i > 0; --i, nanos /= 10) digits[i] = static_cast<char>('0' + nanos % 10);
  std::string_view text(digits, 10);
  while (text.back() == '0') text.remove_suffix(1);
  out += text;
}

void append_timestamp(const Value& value, std::string& out) {
  std::string text = format_rfc3339(Timestamp{value.integer * 1000});
  out += '"';
  out.append(text, 0, 19);
  append_nanos(value.nanos(), out);
  out += "Z\"";
}

void append_duration(const Value& value, std::string& out) {
  out += '"';
  if (value.integer < 0 || value.nanos() < 0) out += '-';
  out += std::to_string(std::abs(value.integer));
  append_nanos(std::abs(value.nanos()), out);
  out += "s\"";
}

void append_key(const Value& key, std::string& out) {
  if (key.is(Kind::kString)) return append_json_string(key.as_string(), out);
  out += '"';
  append_json(key, out);
  out += '"';
}

void append_map(const Value& value, std::string& out) {
  bool host = value.is(Kind::kHostMap);
  uint32_t count = host ? value.host_map->size() : value.size;
  out += '{';
  for (uint32_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    Value key = host ? value.host_map->key_at(i) : value.entries[i].key;
    append_key(key, out);
    out += ':';
    append_json(host ? value.host_map->find(key) : value.entries[i].value, out);
  }
  out += '}';
}

void append_list(const Value& value, std::string& out) {
  out += '[';
  for (uint32_t i = 0; i < value.size; ++i) {
    if (i > 0) out += ',';
    append_json(value.items[i], out);
  }
  out += ']';
}

template <typename Integer>
void append_integer(Integer n, std::string& out) {
  char buffer[24];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, n).ptr;
  bool safe = static_cast<double>(n) <= kLargestSafeInteger &&
              static_cast<double>(n) >= -kLargestSafeInteger;
  if (!safe) out += '"';
  out.append(buffer, end);
  if (!safe) out += '"';
}

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  size_t plain_from = 0;
  for (size_t i = 0; i < text.size();) {
    auto c = static_cast<uint8_t>(text[i]);
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
      ++i;
      continue;
    }
    size_t length = c < 0x80 ? 1 : utf8_sequence_length(text.substr(i));
    if (c >= 0x80 && length > 0) {
      i += length;
      continue;
    }
    out.append(text, plain_from, i - plain_from);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (c >= 0x80) {
          out += "\xEF\xBF\xBD";
        } else {
          out += "\\u00";
          out += kHex[c >> 4];
          out += kHex[c & 15];
        }
    }
    plain_from = ++i;
  }
  out.append(text, plain_from, text.size() - plain_from);
  out += '"';
}

void append_json_number(double number, std::string& out) {
  if (std::isnan(number)) return void(out += "\"NaN\"");
  if (std::isinf(number)) return void(out += number > 0 ? "\"Infinity\"" : "\"-Infinity\"");
  char buffer[32];
  if (number == std::trunc(number) && std::abs(number) < 1e15) {
    if (number == 0 && std::signbit(number)) return void(out += "-0.0");
    auto end = std::to_chars(buffer, buffer + sizeof buffer, static_cast<int64_t>(number)).ptr;
    return void(out.append(buffer, end));
  }
  auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
  out.append(buffer, end);
}

void append_json(const Value& value, std::string& out) {
  switch (value.kind) {
    case Kind::kAbsent:
    case Kind::kNull:
      out += "null";
      break;
    case Kind::kBool:
      out += value.boolean ? "true" : "false";
      break;
    case Kind::kInt:
      append_integer(value.integer, out);
      break;
    case Kind::kUint:
      append_integer(value.unsigned_integer, out);
      break;
    case Kind::kDouble:
      append_json_number(value.number, out);
      break;
    case Kind::kString:
    case Kind::kType:
    case Kind::kError:
      append_json_string(value.as_string(), out);
      break;
    case Kind::kBytes:
      out += '"';
      append_base64(value.as_string(), out);
      out += '"';
      break;
    case Kind::kTimestamp:
      append_timestamp(value, out);
      break;
    case Kind::kDuration:
      append_duration(value, out);
      break;
    case Kind::kList:
      append_list(value, out);
      break;
    case Kind::kMap:
    case Kind::kHostMap:
      append_map(value, out);
      break;
    case Kind::kOptional:
      if (value.inner == nullptr) {
        out += "null";
      } else {
        append_json(*value.inner, out);
      }
      break;
  }
}

void append_text(const Value& value, std::string& out) {
  switch (value.kind) {
    case Kind::kString:
      out += value.as_string();
      return;
    case Kind::kAbsent:
    case Kind::kNull:
      return;
    case Kind::kOptional:
      if (value.inner != nullptr) append_text(*value.inner, out);
      return;
    case Kind::kTimestamp:
    case Kind::kDuration:
    case Kind::kBytes: {
      std::string quoted = to_json(value);
      out.append(quoted, 1, quoted.size() - 2);
      return;
    }
    default:
      append_json(value, out);
  }
}

std::string to_json(const Value& value) {
  std::string out;
  append_json(value, out);
  return out;
}

}  // namespace sapa
