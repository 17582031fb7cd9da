// string.format() and strings.quote() of the strings extension.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/utf8.h"
#include "engine/expression/functions.h"
#include "engine/expression/number_text.h"
#include "engine/expression/operations.h"
#include "engine/expression/time_values.h"

namespace sapa::expression::functions {
namespace {

constexpr int kMaxPrecision = 1000;

class Formatter {
 public:
  Formatter(EvalContext& context, std::string_view pattern, const Value& args)
      : context_(context), pattern_(pattern), args_(args) {}

  Value run() {
    for (size_t at = 0; at < pattern_.size();) {
      size_t percent = pattern_.find('%', at);
      out_ += pattern_.substr(at, percent - at);
      if (percent == std::string_view::npos) break;
      at = percent + 1;
      if (!clause(at)) return error_;
      if (out_.size() > context_.bytes_left()) return context_.string(out_);
    }
    return context_.string(out_);
  }

 private:
  bool clause(size_t& at);
  bool text(const Value& value, std::string& out);
  bool number(char verb, int precision, const Value& value);
  bool whole(char verb, const Value& value);
  bool hexadecimal(bool upper, const Value& value);
  bool list_text(const Value& value, std::string& out);
  bool map_text(const Value& value, std::string& out);

  bool fail(std::initializer_list<std::string_view> parts) {
    error_ = context_.error(parts);
    return false;
  }
  bool refuse(std::string_view clause_takes, const Value& value) {
    return fail({"format: ", clause_takes, ", not ", type_name(value)});
  }

  EvalContext& context_;
  std::string_view pattern_;
  const Value& args_;
  uint32_t next_ = 0;
  std::string out_;
  Value error_;
};

bool Formatter::clause(size_t& at) {
  if (at < pattern_.size() && pattern_[at] == '%') {
    out_ += '%';
    ++at;
    return true;
  }
  int precision = -1;
  if (at < pattern_.size() && pattern_[at] == '.') {
    const char* first = pattern_.data() + at + 1;
    const char* last = pattern_.data() + pattern_.size();
    auto [end, error] = std::from_chars(first, last, precision);
    if (error != std::errc() || end == first || *first == '-' || precision > kMaxPrecision) {
      return fail({"format: the precision after '.' is a number up to 1000"});
    }
    at = static_cast<size_t>(end - pattern_.data());
  }
  if (at >= pattern_.size()) return fail({"format: unexpected end after '%'"});
  char verb = pattern_[at++];
  if (std::string_view("sdfexXob").find(verb) == std::string_view::npos) {
    size_t length = std::max<size_t>(1, utf8_sequence_length(pattern_.substr(at - 1)));
    return fail({"format: unrecognized clause '%", pattern_.substr(at - 1, length), "'"});
  }
  if (next_ >= args_.size) {
    return fail({"format: index ", std::to_string(next_), " out of range"});
  }
  if (!context_.charge(4)) {
    error_ = context_.limit_error();
    return false;
  }
  const Value& value = args_.items[next_++];
  switch (verb) {
    case 's':
      return text(value, out_);
    case 'f':
    case 'e':
      return number(verb, precision < 0 ? 6 : precision, value);
    case 'x':
    case 'X':
      return hexadecimal(verb == 'X', value);
    default:
      return whole(verb, value);
  }
}

/// Invalid sequences become one U+FFFD each run.
void append_as_utf8(std::string_view bytes, std::string& out) {
  bool in_invalid = false;
  while (!bytes.empty()) {
    size_t length = utf8_sequence_length(bytes);
    if (length == 0) {
      if (!in_invalid) out += "\uFFFD";
      in_invalid = true;
      bytes.remove_prefix(1);
      continue;
    }
    in_invalid = false;
    out += bytes.substr(0, length);
    bytes.remove_prefix(length);
  }
}

bool Formatter::text(const Value& value, std::string& out) {
  if (!context_.charge(1) || out.size() > context_.bytes_left()) {
    error_ = context_.exhausted() ? context_.limit_error() : context_.string(out);
    return false;
  }
  switch (value.kind) {
    case Kind::kNull:
      out += "null";
      return true;
    case Kind::kBool:
      out += value.boolean ? "true" : "false";
      return true;
    case Kind::kInt:
      out += std::to_string(value.integer);
      return true;
    case Kind::kUint:
      out += std::to_string(value.unsigned_integer);
      return true;
    case Kind::kDouble:
      out += double_plain_text(value.number);
      return true;
    case Kind::kString:
    case Kind::kType:
      out += value.as_string();
      return true;
    case Kind::kBytes:
      append_as_utf8(value.as_string(), out);
      return true;
    case Kind::kTimestamp:
      out += timestamp_text(value);
      return true;
    case Kind::kDuration:
      out += duration_text(value);
      return true;
    case Kind::kList:
      return list_text(value, out);
    case Kind::kMap:
    case Kind::kHostMap:
      return map_text(value, out);
    default:
      return refuse("%s takes no value of this type", value);
  }
}

bool Formatter::list_text(const Value& value, std::string& out) {
  out += '[';
  for (uint32_t i = 0; i < value.size; ++i) {
    if (i > 0) out += ", ";
    if (!text(value.items[i], out)) return false;
  }
  out += ']';
  return true;
}

bool Formatter::map_text(const Value& value, std::string& out) {
  uint32_t count = map_size(value);
  if (!context_.charge(count)) {
    error_ = context_.limit_error();
    return false;
  }
  std::vector<std::pair<std::string, Value>> entries(count);
  for (uint32_t i = 0; i < count; ++i) {
    if (!text(map_key(value, i), entries[i].first)) return false;
    entries[i].second = map_value(value, i);
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  out += '{';
  for (uint32_t i = 0; i < count; ++i) {
    if (i > 0) out += ", ";
    out += entries[i].first;
    out += ": ";
    if (!text(entries[i].second, out)) return false;
  }
  out += '}';
  return true;
}

bool Formatter::number(char verb, int precision, const Value& value) {
  double number = 0;
  if (value.is_number()) {
    number = value.as_double();
  } else if (value.kind == Kind::kString &&
             (value.as_string() == "NaN" || value.as_string() == "Infinity" ||
              value.as_string() == "-Infinity")) {
    out_ += value.as_string();
    return true;
  } else {
    return refuse(verb == 'f' ? "%f takes numbers" : "%e takes numbers", value);
  }
  if (!std::isfinite(number)) {
    out_ += double_plain_text(number);
    return true;
  }
  char buffer[1600];
  int length =
      std::snprintf(buffer, sizeof buffer, verb == 'f' ? "%.*f" : "%.*e", precision, number);
  out_.append(buffer, static_cast<size_t>(std::max(0, length)));
  return true;
}

void append_in_base(uint64_t magnitude, bool negative, int base, bool upper, std::string& out) {
  char buffer[72];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, magnitude, base);
  if (error != std::errc()) return;
  if (upper) {
    std::transform(buffer, end, buffer,
                   [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
  }
  if (negative) out += '-';
  out.append(buffer, end);
}

void append_integer(const Value& value, int base, bool upper, std::string& out) {
  bool negative = value.kind == Kind::kInt && value.integer < 0;
  uint64_t magnitude = negative ? 0 - value.unsigned_integer : value.unsigned_integer;
  append_in_base(magnitude, negative, base, upper, out);
}

bool Formatter::whole(char verb, const Value& value) {
  int base = verb == 'd' ? 10 : verb == 'o' ? 8 : 2;
  if (value.kind == Kind::kInt || value.kind == Kind::kUint) {
    append_integer(value, base, false, out_);
    return true;
  }
  if (verb == 'b' && value.kind == Kind::kBool) {
    out_ += value.boolean ? '1' : '0';
    return true;
  }
  if (verb == 'd' && value.kind == Kind::kDouble && !std::isfinite(value.number)) {
    out_ += double_plain_text(value.number);
    return true;
  }
  return refuse(verb == 'd'   ? "%d takes integers"
                : verb == 'o' ? "%o takes integers"
                              : "%b takes integers and bools",
                value);
}

bool Formatter::hexadecimal(bool upper, const Value& value) {
  if (value.kind == Kind::kInt || value.kind == Kind::kUint) {
    append_integer(value, 16, upper, out_);
    return true;
  }
  if (value.kind != Kind::kString && value.kind != Kind::kBytes) {
    return refuse("%x takes integers, strings and bytes", value);
  }
  if (value.size > context_.bytes_left() / 2) {
    out_.clear();
    error_ = context_.exhausted() ? context_.limit_error()
                                  : Value::of_error("format: the text is too long");
    return false;
  }
  const char* digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  for (char c : value.as_string()) {
    out_ += digits[static_cast<uint8_t>(c) >> 4];
    out_ += digits[static_cast<uint8_t>(c) & 0xF];
  }
  return true;
}

}  // namespace

Value format(EvalContext& context, const Value* args) {
  if (!context.charge(args[0].size / 16)) return context.limit_error();
  return Formatter(context, args[0].as_string(), args[1]).run();
}

Value quote(EvalContext& context, const Value* args) {
  if (!context.charge(args[0].size / 16)) return context.limit_error();
  std::string valid;
  append_as_utf8(args[0].as_string(), valid);
  std::string out = "\"";
  for (char c : valid) {
    switch (c) {
      case '\a':
        out += "\\a";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
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
      case '\v':
        out += "\\v";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '"':
        out += "\\\"";
        break;
      default:
        out += c;
    }
  }
  out += '"';
  return context.string(out);
}

}  // namespace sapa::expression::functions
