#include "engine/expression/well_known.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "absl/strings/escaping.h"
#include "engine/expression/operations.h"
#include "engine/expression/time_values.h"

namespace sapa::expression {
namespace {

enum class Shape : uint8_t { kWrapper, kValue, kStruct, kList, kTimestamp, kDuration };

struct Message {
  std::string_view name;
  Shape shape;
  TypeKind scalar = TypeKind::kDyn;  ///< of a wrapper
  int bits = 64;
};

constexpr std::string_view kPackage = "google.protobuf.";

constexpr Message kMessages[] = {
    {"BoolValue", Shape::kWrapper, TypeKind::kBool},
    {"BytesValue", Shape::kWrapper, TypeKind::kBytes},
    {"DoubleValue", Shape::kWrapper, TypeKind::kDouble},
    {"FloatValue", Shape::kWrapper, TypeKind::kDouble, 32},
    {"Int32Value", Shape::kWrapper, TypeKind::kInt, 32},
    {"Int64Value", Shape::kWrapper, TypeKind::kInt},
    {"StringValue", Shape::kWrapper, TypeKind::kString},
    {"UInt32Value", Shape::kWrapper, TypeKind::kUint, 32},
    {"UInt64Value", Shape::kWrapper, TypeKind::kUint},
    {"Value", Shape::kValue},
    {"Struct", Shape::kStruct},
    {"ListValue", Shape::kList},
    {"Timestamp", Shape::kTimestamp},
    {"Duration", Shape::kDuration},
};

const Message* find_message(std::string_view name) {
  if (!name.starts_with(kPackage)) return nullptr;
  name.remove_prefix(kPackage.size());
  auto at = std::find_if(std::begin(kMessages), std::end(kMessages),
                         [&](const Message& m) { return m.name == name; });
  return at == std::end(kMessages) ? nullptr : at;
}

Value wrong_field(EvalContext& context, std::string_view message, const MapEntry& field) {
  return context.error(
      {"field '", field.key.as_string(), "' of ", message, " cannot be ", type_name(field.value)});
}

bool kind_fits(TypeKind type, Kind kind) {
  switch (type) {
    case TypeKind::kBool:
      return kind == Kind::kBool;
    case TypeKind::kBytes:
      return kind == Kind::kBytes;
    case TypeKind::kDouble:
      return kind == Kind::kDouble;
    case TypeKind::kInt:
      return kind == Kind::kInt;
    case TypeKind::kUint:
      return kind == Kind::kUint;
    case TypeKind::kString:
      return kind == Kind::kString;
    default:
      return false;
  }
}

Value default_of(TypeKind type) {
  switch (type) {
    case TypeKind::kBool:
      return Value::of_bool(false);
    case TypeKind::kBytes:
      return Value::of_bytes("");
    case TypeKind::kDouble:
      return Value::of_double(0);
    case TypeKind::kInt:
      return Value::of_int(0);
    case TypeKind::kUint:
      return Value::of_uint(0);
    default:
      return Value::of_string("");
  }
}

Value make_wrapper(EvalContext& context, const Message& message, const MapEntry* field) {
  if (!field) return default_of(message.scalar);
  const Value& value = field->value;
  if (!kind_fits(message.scalar, value.kind)) return wrong_field(context, message.name, *field);
  if (message.bits == 32) {
    if (value.kind == Kind::kDouble) return Value::of_double(static_cast<float>(value.number));
    bool fits = value.kind == Kind::kInt ? value.integer >= INT32_MIN && value.integer <= INT32_MAX
                                         : value.unsigned_integer <= UINT32_MAX;
    if (!fits) return context.error({"the number is out of the range of ", message.name});
  }
  return value;
}

Value make_json_value(EvalContext& context, const MapEntry& field) {
  std::string_view name = field.key.as_string();
  const Value& value = field.value;
  bool fits = (name == "null_value" &&
               (value.kind == Kind::kNull || (value.kind == Kind::kInt && value.integer == 0))) ||
              (name == "number_value" && value.kind == Kind::kDouble) ||
              (name == "string_value" && value.kind == Kind::kString) ||
              (name == "bool_value" && value.kind == Kind::kBool) ||
              (name == "struct_value" && value.kind == Kind::kMap) ||
              (name == "list_value" && value.kind == Kind::kList);
  if (!fits) return wrong_field(context, "Value", field);
  return name == "null_value" ? Value::null() : to_json_value(context, value);
}

Value make_time(EvalContext& context, const Message& message, const MapEntry* fields,
                uint32_t count) {
  int64_t seconds = 0, nanos = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (fields[i].value.kind != Kind::kInt) return wrong_field(context, message.name, fields[i]);
    (fields[i].key.as_string() == "seconds" ? seconds : nanos) = fields[i].value.integer;
  }
  if (nanos < INT32_MIN || nanos > INT32_MAX) {
    return context.error({"the number is out of the range of the field 'nanos'"});
  }
  return message.shape == Shape::kTimestamp ? make_timestamp(seconds, nanos)
                                            : make_duration(seconds, nanos);
}

constexpr double kLargestSafeInteger = 9007199254740991.0;

Value json_list(EvalContext& context, const Value& list) {
  if (!context.charge(list.size)) return context.limit_error();
  auto* items = context.array<Value>(list.size);
  if (!items) return context.limit_error();
  for (uint32_t i = 0; i < list.size; ++i) {
    items[i] = to_json_value(context, list.items[i]);
    if (items[i].is_error()) return items[i];
  }
  return Value::of_list(items, list.size);
}

Value json_map(EvalContext& context, const Value& map) {
  uint32_t count = map_size(map);
  if (!context.charge(count)) return context.limit_error();
  auto* entries = context.array<MapEntry>(count);
  if (!entries) return context.limit_error();
  for (uint32_t i = 0; i < count; ++i) {
    Value key = map_key(map, i);
    if (key.kind != Kind::kString) return Value::of_error("a key of a Struct must be a string");
    entries[i] = {key, to_json_value(context, map_value(map, i))};
    if (entries[i].value.is_error()) return entries[i].value;
  }
  return Value::of_map(entries, count);
}

}  // namespace

bool is_well_known_message(std::string_view name) { return find_message(name) != nullptr; }

Type well_known_type(std::string_view name) {
  const Message* message = find_message(name);
  if (!message) return TypeKind::kError;
  switch (message->shape) {
    case Shape::kWrapper:
      return Type::wrapper_of(message->scalar);
    case Shape::kValue:
      return TypeKind::kDyn;
    case Shape::kStruct:
      return Type::map_of(TypeKind::kString, TypeKind::kDyn);
    case Shape::kList:
      return Type::list_of(TypeKind::kDyn);
    case Shape::kTimestamp:
      return TypeKind::kTimestamp;
    case Shape::kDuration:
      return TypeKind::kDuration;
  }
  return TypeKind::kError;
}

Type well_known_field(std::string_view name, std::string_view field) {
  const Message* message = find_message(name);
  if (!message) return TypeKind::kError;
  switch (message->shape) {
    case Shape::kWrapper:
      return field == "value" ? message->scalar : TypeKind::kError;
    case Shape::kValue:
      if (field == "null_value") return TypeKind::kDyn;
      if (field == "number_value") return TypeKind::kDouble;
      if (field == "string_value") return TypeKind::kString;
      if (field == "bool_value") return TypeKind::kBool;
      if (field == "struct_value") return Type::map_of(TypeKind::kString, TypeKind::kDyn);
      if (field == "list_value") return Type::list_of(TypeKind::kDyn);
      return TypeKind::kError;
    case Shape::kStruct:
      return field == "fields" ? Type::map_of(TypeKind::kString, TypeKind::kDyn)
                               : Type(TypeKind::kError);
    case Shape::kList:
      return field == "values" ? Type::list_of(TypeKind::kDyn) : Type(TypeKind::kError);
    case Shape::kTimestamp:
    case Shape::kDuration:
      return field == "seconds" || field == "nanos" ? TypeKind::kInt : TypeKind::kError;
  }
  return TypeKind::kError;
}

std::string unsupported_message(std::string_view name) {
  if (name == "google.protobuf.Any") {
    return "google.protobuf.Any is not supported: write the value itself";
  }
  return "messages of type '" + std::string(name) +
         "' cannot be built; use a map, as in {'key': value}";
}

Value make_well_known(EvalContext& context, std::string_view name, const MapEntry* fields,
                      uint32_t count) {
  const Message* message = find_message(name);
  if (!message) return context.error({unsupported_message(name)});
  for (uint32_t i = 0; i < count; ++i) {
    std::string_view field = fields[i].key.as_string();
    if (well_known_field(name, field).is(TypeKind::kError)) {
      return context.error({"no such field '", field, "' in ", name});
    }
    for (uint32_t j = 0; j < i; ++j) {
      bool one_of = message->shape == Shape::kValue;
      if (one_of || fields[j].key.as_string() == field) {
        return context.error({"field '", field, "' of ", name, " is set twice"});
      }
    }
  }
  switch (message->shape) {
    case Shape::kWrapper:
      return make_wrapper(context, *message, count > 0 ? fields : nullptr);
    case Shape::kValue:
      return count == 0 ? Value::null() : make_json_value(context, fields[0]);
    case Shape::kStruct:
      if (count == 0) return Value::of_map(nullptr, 0);
      if (fields[0].value.kind != Kind::kMap && fields[0].value.kind != Kind::kHostMap) {
        return wrong_field(context, name, fields[0]);
      }
      return to_json_value(context, fields[0].value);
    case Shape::kList:
      if (count == 0) return Value::of_list(nullptr, 0);
      if (fields[0].value.kind != Kind::kList) return wrong_field(context, name, fields[0]);
      return to_json_value(context, fields[0].value);
    case Shape::kTimestamp:
    case Shape::kDuration:
      return make_time(context, *message, fields, count);
  }
  return Value::null();
}

Value to_json_value(EvalContext& context, const Value& value) {
  switch (value.kind) {
    case Kind::kInt:
    case Kind::kUint:
      if (std::fabs(value.as_double()) <= kLargestSafeInteger) {
        return Value::of_double(value.as_double());
      }
      return context.string(value.kind == Kind::kInt ? std::to_string(value.integer)
                                                     : std::to_string(value.unsigned_integer));
    case Kind::kBytes:
      if (value.size > context.bytes_left() || !context.charge(value.size / 16)) {
        return context.string(value.as_string());
      }
      return context.string(absl::Base64Escape(absl::string_view(value.text, value.size)));
    case Kind::kTimestamp:
      return context.string(timestamp_text(value));
    case Kind::kDuration:
      return context.string(duration_text(value));
    case Kind::kList:
      return json_list(context, value);
    case Kind::kMap:
    case Kind::kHostMap:
      return json_map(context, value);
    case Kind::kType:
    case Kind::kOptional:
      return context.error({"a value of type ", type_name(value), " has no form in JSON"});
    default:
      return value;
  }
}

}  // namespace sapa::expression
