// Conversions between types: int(), string(), timestamp() …, type() and base64.
#include <cmath>
#include <string>

#include "absl/strings/escaping.h"
#include "engine/base/utf8.h"
#include "engine/expression/functions.h"
#include "engine/expression/number_text.h"
#include "engine/expression/operations.h"
#include "engine/expression/time_values.h"

namespace sapa::expression::functions {
namespace {

Value out_of_range(EvalContext& context, std::string_view type) {
  return context.error({"the number is out of the range of ", type});
}
Value not_a(EvalContext& context, const Value& text, std::string_view type) {
  return context.error({"cannot convert '", text.as_string(), "' to ", type});
}

}  // namespace

Value same(EvalContext&, const Value* args) { return args[0]; }

Value type_of(EvalContext&, const Value* args) { return Value::of_type(type_name(args[0])); }

Value to_int(EvalContext& context, const Value* args) {
  const Value& from = args[0];
  switch (from.kind) {
    case Kind::kUint:
      if (from.unsigned_integer > INT64_MAX) return out_of_range(context, "int");
      return Value::of_int(static_cast<int64_t>(from.unsigned_integer));
    case Kind::kDouble:
      // The bounds themselves are refused: a double there may have been rounded to them.
      if (!(from.number > -0x1p63 && from.number < 0x1p63)) return out_of_range(context, "int");
      return Value::of_int(static_cast<int64_t>(from.number));
    case Kind::kString: {
      int64_t number = 0;
      if (!text_to_int(from.as_string(), number)) return not_a(context, from, "int");
      return Value::of_int(number);
    }
    case Kind::kTimestamp:
      return Value::of_int(from.integer);
    default:
      return from;
  }
}

Value to_uint(EvalContext& context, const Value* args) {
  const Value& from = args[0];
  switch (from.kind) {
    case Kind::kInt:
      if (from.integer < 0) return out_of_range(context, "uint");
      return Value::of_uint(static_cast<uint64_t>(from.integer));
    case Kind::kDouble:
      if (!(from.number >= 0 && from.number < 0x1p64)) return out_of_range(context, "uint");
      return Value::of_uint(static_cast<uint64_t>(from.number));
    case Kind::kString: {
      uint64_t number = 0;
      if (!text_to_uint(from.as_string(), number)) return not_a(context, from, "uint");
      return Value::of_uint(number);
    }
    default:
      return from;
  }
}

Value to_double(EvalContext& context, const Value* args) {
  const Value& from = args[0];
  if (from.kind != Kind::kString) return Value::of_double(from.as_double());
  double number = 0;
  if (!text_to_double(from.as_string(), number)) return not_a(context, from, "double");
  return Value::of_double(number);
}

Value to_bool(EvalContext& context, const Value* args) {
  if (args[0].kind == Kind::kBool) return args[0];
  std::string_view text = args[0].as_string();
  for (std::string_view word : {"true", "True", "TRUE", "t", "1"}) {
    if (text == word) return Value::of_bool(true);
  }
  for (std::string_view word : {"false", "False", "FALSE", "f", "0"}) {
    if (text == word) return Value::of_bool(false);
  }
  return not_a(context, args[0], "bool");
}

Value to_string(EvalContext& context, const Value* args) {
  const Value& from = args[0];
  switch (from.kind) {
    case Kind::kBool:
      return Value::of_string(from.boolean ? "true" : "false");
    case Kind::kInt:
      return context.string(std::to_string(from.integer));
    case Kind::kUint:
      return context.string(std::to_string(from.unsigned_integer));
    case Kind::kDouble:
      return context.string(double_text(from.number));
    case Kind::kBytes:
      if (!context.charge(from.size / 16)) return context.limit_error();
      if (!is_valid_utf8(from.as_string())) return Value::of_error("invalid UTF-8 in bytes");
      return Value::of_string(from.as_string());
    case Kind::kTimestamp:
      return context.string(timestamp_text(from));
    case Kind::kDuration:
      return context.string(duration_text(from));
    default:
      return from;
  }
}

Value to_bytes(EvalContext&, const Value* args) { return Value::of_bytes(args[0].as_string()); }

Value to_timestamp(EvalContext& context, const Value* args) {
  if (args[0].kind == Kind::kTimestamp) return args[0];
  if (args[0].kind == Kind::kInt) return make_timestamp(args[0].integer, 0);
  Value parsed = parse_timestamp(args[0].as_string());
  return parsed.is_absent() ? not_a(context, args[0], "timestamp") : parsed;
}

Value to_duration(EvalContext& context, const Value* args) {
  if (args[0].kind == Kind::kDuration) return args[0];
  Value parsed = parse_duration_text(args[0].as_string());
  return parsed.is_absent() ? not_a(context, args[0], "duration") : parsed;
}

Value base64_encode(EvalContext& context, const Value* args) {
  if (!context.charge(args[0].size / 16)) return context.limit_error();
  if (args[0].size > context.bytes_left()) return context.string(args[0].as_string());
  return context.string(absl::Base64Escape(absl::string_view(args[0].text, args[0].size)));
}

Value base64_decode(EvalContext& context, const Value* args) {
  if (!context.charge(args[0].size / 16)) return context.limit_error();
  std::string_view text = args[0].as_string();
  // White space, which the decoder would skip, is no base64; padding may be left out but not wrong.
  bool malformed = text.find_first_of(" \t\r\n\f\v") != std::string_view::npos;
  std::string decoded;
  if (malformed || !absl::Base64Unescape(absl::string_view(text.data(), text.size()), &decoded)) {
    return Value::of_error("the text is not base64");
  }
  return context.bytes(decoded);
}

}  // namespace sapa::expression::functions
