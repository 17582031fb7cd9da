#include "engine/expression/typed_json.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/escaping.h"
#include "engine/base/json.h"
#include "engine/expression/number_text.h"
#include "engine/expression/time_values.h"
#include "engine/expression/well_known.h"

namespace sapa::expression {
namespace {

constexpr std::string_view kTypeUrl = "type.googleapis.com/";

Error malformed(std::string_view what) {
  return user_error("malformed typed value: " + std::string(what));
}

Result<Value> integer_from(const Value& json, bool is_unsigned) {
  int64_t number = 0;
  uint64_t magnitude = 0;
  if (json.is(Kind::kString)) {
    if (is_unsigned && text_to_uint(json.as_string(), magnitude)) return Value::of_uint(magnitude);
    if (!is_unsigned && text_to_int(json.as_string(), number)) return Value::of_int(number);
    return malformed("an integer");
  }
  if (json.is(Kind::kInt) && (!is_unsigned || json.integer >= 0)) {
    return is_unsigned ? Value::of_uint(json.unsigned_integer) : json;
  }
  if (json.is(Kind::kUint) && is_unsigned) return json;
  return malformed("an integer");
}

Result<Value> double_from(const Value& json) {
  double number = 0;
  if (json.is_number()) return Value::of_double(json.as_double());
  if (json.is(Kind::kString) && text_to_double(json.as_string(), number)) {
    return Value::of_double(number);
  }
  return malformed("a double");
}

Result<Value> bytes_from(const Value& json, Arena& arena) {
  std::string decoded;
  if (!json.is(Kind::kString) ||
      !absl::Base64Unescape(absl::string_view(json.text, json.size), &decoded)) {
    return malformed("bytes in base64");
  }
  return Value::of_bytes(arena.copy(decoded));
}

/// JSON as google.protobuf.Value has it: every number is a double.
Value plain_from(const Value& json, Arena& arena) {
  EvalContext context(arena, SIZE_MAX / 2, UINT64_MAX);
  return to_json_value(context, json);
}

Result<Value> list_from(const Value& json, Arena& arena) {
  Value values = json.field("values");
  if (values.is_absent()) return Value::of_list(nullptr, 0);
  if (!values.is(Kind::kList)) return malformed("a list");
  auto* items = arena.array<Value>(values.size);
  for (uint32_t i = 0; i < values.size; ++i) {
    Result<Value> item = value_from_typed_json(values.items[i], arena);
    if (!item.ok()) return item;
    items[i] = *item;
  }
  return Value::of_list(items, values.size);
}

Result<Value> map_from(const Value& json, Arena& arena) {
  Value listed = json.field("entries");
  if (listed.is_absent()) return Value::of_map(nullptr, 0);
  if (!listed.is(Kind::kList)) return malformed("a map");
  auto* entries = arena.array<MapEntry>(listed.size);
  for (uint32_t i = 0; i < listed.size; ++i) {
    Result<Value> key = value_from_typed_json(listed.items[i].field("key"), arena);
    if (!key.ok()) return key;
    Result<Value> value = value_from_typed_json(listed.items[i].field("value"), arena);
    if (!value.ok()) return value;
    entries[i] = {*key, *value};
  }
  return Value::of_map(entries, listed.size);
}

Result<Value> time_from(const Value& json, bool is_timestamp) {
  if (!json.is(Kind::kString)) return malformed("a time");
  Value time =
      is_timestamp ? parse_timestamp(json.as_string()) : parse_duration_text(json.as_string());
  if (time.is_absent() || time.is_error()) return malformed("a time");
  return time;
}

Result<Value> object_from(const Value& json, Arena& arena) {
  Value type = json.field("@type");
  if (!type.is(Kind::kString)) return malformed("an object without @type");
  std::string_view name = type.as_string();
  if (name.starts_with(kTypeUrl)) name.remove_prefix(kTypeUrl.size());
  Value value = json.field("value");
  if (name == "google.protobuf.Any") return object_from(value, arena);
  if (name == "google.protobuf.Timestamp") return time_from(value, true);
  if (name == "google.protobuf.Duration") return time_from(value, false);
  if (name == "google.protobuf.Int32Value" || name == "google.protobuf.Int64Value") {
    return integer_from(value, false);
  }
  if (name == "google.protobuf.UInt32Value" || name == "google.protobuf.UInt64Value") {
    return integer_from(value, true);
  }
  if (name == "google.protobuf.FloatValue") {
    Result<Value> number = double_from(value);
    if (!number.ok()) return number;
    return Value::of_double(static_cast<float>(number->number));
  }
  if (name == "google.protobuf.DoubleValue") return double_from(value);
  if (name == "google.protobuf.BytesValue") return bytes_from(value, arena);
  if (name == "google.protobuf.BoolValue" || name == "google.protobuf.StringValue") {
    bool fits = value.is(name.ends_with("BoolValue") ? Kind::kBool : Kind::kString);
    return fits ? Result<Value>(value) : malformed(name);
  }
  if (name == "google.protobuf.Value" || name == "google.protobuf.Struct" ||
      name == "google.protobuf.ListValue") {
    return value.is_absent() ? Value::null() : plain_from(value, arena);
  }
  return user_error("values of type '" + std::string(name) + "' are not supported");
}

void append_text_field(std::string_view name, std::string_view text, std::string& out) {
  out += "{\"";
  out += name;
  out += "\":";
  append_json_string(text, out);
  out += '}';
}

/// Protobuf's JSON writes 0, 3, 6 or 9 digits of a second.
std::string with_full_fraction(std::string text) {
  size_t dot = text.find('.');
  if (dot == std::string::npos) return text;
  size_t digits = text.size() - 1 - (dot + 1);  // the last character is the unit
  text.insert(text.size() - 1, (3 - digits % 3) % 3, '0');
  return text;
}

void append_object(std::string_view type, const std::string& value, std::string& out) {
  out += "{\"objectValue\":{\"@type\":\"type.googleapis.com/google.protobuf.";
  out += type;
  out += "\",\"value\":\"" + value + "\"}}";
}

}  // namespace

Result<Value> value_from_typed_json(const Value& json, Arena& arena) {
  if (!json.is(Kind::kMap) || json.size != 1 || !json.entries[0].key.is(Kind::kString)) {
    return malformed("an object with one member, such as {\"int64Value\":\"1\"}, is expected");
  }
  std::string_view name = json.entries[0].key.as_string();
  const Value& value = json.entries[0].value;
  if (name == "nullValue") return Value::null();
  if (name == "boolValue") return value.is(Kind::kBool) ? Result<Value>(value) : malformed(name);
  if (name == "int64Value") return integer_from(value, false);
  if (name == "uint64Value") return integer_from(value, true);
  if (name == "doubleValue") return double_from(value);
  if (name == "stringValue")
    return value.is(Kind::kString) ? Result<Value>(value) : malformed(name);
  if (name == "bytesValue") return bytes_from(value, arena);
  if (name == "listValue") return list_from(value, arena);
  if (name == "mapValue") return map_from(value, arena);
  if (name == "typeValue") {
    return value.is(Kind::kString) ? Value::of_type(value.as_string())
                                   : Result<Value>(malformed(name));
  }
  if (name == "objectValue") return object_from(value, arena);
  return malformed("unknown kind '" + std::string(name) + "'");
}

void append_typed_json(const Value& value, std::string& out) {
  switch (value.kind) {
    case Kind::kAbsent:
    case Kind::kNull:
      out += "{\"nullValue\":null}";
      break;
    case Kind::kBool:
      out += value.boolean ? "{\"boolValue\":true}" : "{\"boolValue\":false}";
      break;
    case Kind::kInt:
      out += "{\"int64Value\":\"" + std::to_string(value.integer) + "\"}";
      break;
    case Kind::kUint:
      out += "{\"uint64Value\":\"" + std::to_string(value.unsigned_integer) + "\"}";
      break;
    case Kind::kDouble:
      out += "{\"doubleValue\":";
      append_json(value, out);
      out += '}';
      break;
    case Kind::kString:
      append_text_field("stringValue", value.as_string(), out);
      break;
    case Kind::kBytes:
      out += "{\"bytesValue\":";
      append_json(value, out);
      out += '}';
      break;
    case Kind::kType:
      append_text_field("typeValue", value.as_string(), out);
      break;
    case Kind::kTimestamp:
      append_object("Timestamp", with_full_fraction(timestamp_text(value)), out);
      break;
    case Kind::kDuration:
      append_object("Duration", with_full_fraction(duration_text(value)), out);
      break;
    case Kind::kList:
      out += "{\"listValue\":{\"values\":[";
      for (uint32_t i = 0; i < value.size; ++i) {
        if (i > 0) out += ',';
        append_typed_json(value.items[i], out);
      }
      out += "]}}";
      break;
    case Kind::kMap:
    case Kind::kHostMap: {
      out += "{\"mapValue\":{\"entries\":[";
      uint32_t count = value.is(Kind::kMap) ? value.size : value.host_map->size();
      for (uint32_t i = 0; i < count; ++i) {
        Value key = value.is(Kind::kMap) ? value.entries[i].key : value.host_map->key_at(i);
        Value element = value.is(Kind::kMap) ? value.entries[i].value : value.host_map->find(key);
        out += i > 0 ? ",{\"key\":" : "{\"key\":";
        append_typed_json(key, out);
        out += ",\"value\":";
        append_typed_json(element, out);
        out += '}';
      }
      out += "]}}";
      break;
    }
    case Kind::kOptional:
      // The mapping has no form of its own for optionals: an empty one is null.
      append_typed_json(value.inner ? *value.inner : Value::null(), out);
      break;
    case Kind::kError:
      append_text_field("error", value.as_string(), out);
      break;
  }
}

}  // namespace sapa::expression
