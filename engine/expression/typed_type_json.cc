// Types of cel.expr.Type in JSON; see typed_json.h.
#include <algorithm>
#include <iterator>

#include "engine/base/json.h"
#include "engine/expression/typed_json.h"
#include "engine/expression/well_known.h"

namespace sapa::expression {
namespace {

struct Primitive {
  std::string_view name;
  TypeKind kind;
};
constexpr Primitive kPrimitives[] = {{"BOOL", TypeKind::kBool},     {"INT64", TypeKind::kInt},
                                     {"UINT64", TypeKind::kUint},   {"DOUBLE", TypeKind::kDouble},
                                     {"STRING", TypeKind::kString}, {"BYTES", TypeKind::kBytes}};

Error unknown_type() { return user_error("malformed type in type_env"); }

Result<Type> primitive_from(const Value& name) {
  for (const Primitive& primitive : kPrimitives) {
    if (name.is(Kind::kString) && primitive.name == name.as_string()) return Type(primitive.kind);
  }
  return unknown_type();
}

std::string_view primitive_name(TypeKind kind) {
  auto at = std::find_if(std::begin(kPrimitives), std::end(kPrimitives),
                         [&](const Primitive& p) { return p.kind == kind; });
  return at == std::end(kPrimitives) ? std::string_view() : at->name;
}

Result<Type> abstract_from(const Value& json) {
  Value name = json.field("name");
  if (!name.is(Kind::kString)) return unknown_type();
  std::vector<Type> parameters;
  Value listed = json.field("parameter_types");
  for (uint32_t i = 0; listed.is(Kind::kList) && i < listed.size; ++i) {
    Result<Type> parameter = type_from_typed_json(listed.items[i]);
    if (!parameter.ok()) return parameter;
    parameters.push_back(*parameter);
  }
  if (name.as_string() == "optional_type" && parameters.size() == 1) {
    return Type::optional_of(parameters[0]);
  }
  return Type::opaque(std::string(name.as_string()), std::move(parameters));
}

void append_parameter(std::string_view name, const Type& type, std::string& out) {
  out += '"';
  out += name;
  out += "\":";
  append_type_json(type, out);
}

Status declare_function(const std::string& name, const Value& overload, Environment& environment) {
  Environment::DeclaredOverload declared;
  declared.member = overload.field("is_instance_function").is_true();
  Value params = overload.field("params");
  for (uint32_t i = 0; params.is(Kind::kList) && i < params.size; ++i) {
    Result<Type> type = type_from_typed_json(params.items[i]);
    if (!type.ok()) return type.error();
    declared.parameters.push_back(*type);
  }
  Result<Type> result = type_from_typed_json(overload.field("result_type"));
  if (!result.ok()) return result.error();
  declared.result = *result;
  environment.declare_function(name, std::move(declared));
  return {};
}

}  // namespace

Result<Type> type_from_typed_json(const Value& json) {
  if (!json.is(Kind::kMap) || json.size != 1 || !json.entries[0].key.is(Kind::kString)) {
    return unknown_type();
  }
  std::string_view name = json.entries[0].key.as_string();
  const Value& value = json.entries[0].value;
  if (name == "dyn") return Type();
  if (name == "null") return Type(TypeKind::kNull);
  if (name == "primitive") return primitive_from(value);
  if (name == "wrapper") {
    Result<Type> inner = primitive_from(value);
    return inner.ok() ? Result<Type>(Type::wrapper_of(*inner)) : inner;
  }
  if (name == "well_known" && value.is(Kind::kString)) {
    if (value.as_string() == "TIMESTAMP") return Type(TypeKind::kTimestamp);
    if (value.as_string() == "DURATION") return Type(TypeKind::kDuration);
    return Type();
  }
  if (name == "list_type") {
    Result<Type> element = type_from_typed_json(value.field("elem_type"));
    return element.ok() ? Result<Type>(Type::list_of(*element)) : element;
  }
  if (name == "map_type") {
    Result<Type> key = type_from_typed_json(value.field("key_type"));
    Result<Type> mapped = type_from_typed_json(value.field("value_type"));
    if (!key.ok() || !mapped.ok()) return unknown_type();
    return Type::map_of(*key, *mapped);
  }
  if (name == "message_type" && value.is(Kind::kString)) {
    if (value.as_string() == "google.protobuf.Any") return Type();
    if (is_well_known_message(value.as_string())) return well_known_type(value.as_string());
    return Type::opaque(std::string(value.as_string()), {});
  }
  if (name == "type_param" && value.is(Kind::kString)) {
    return Type::parameter(std::string(value.as_string()));
  }
  if (name == "type") {
    Result<Type> inner = type_from_typed_json(value);
    return Type::type_of(inner.ok() ? *inner : Type());
  }
  if (name == "abstract_type") return abstract_from(value);
  return unknown_type();
}

void append_type_json(const Type& type, std::string& out) {
  switch (type.kind) {
    case TypeKind::kDyn:
      out += "{\"dyn\":{}}";
      break;
    case TypeKind::kNull:
      out += "{\"null\":null}";
      break;
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kUint:
    case TypeKind::kDouble:
    case TypeKind::kString:
    case TypeKind::kBytes:
      out += "{\"primitive\":\"" + std::string(primitive_name(type.kind)) + "\"}";
      break;
    case TypeKind::kTimestamp:
      out += "{\"well_known\":\"TIMESTAMP\"}";
      break;
    case TypeKind::kDuration:
      out += "{\"well_known\":\"DURATION\"}";
      break;
    case TypeKind::kWrapper:
      out += "{\"wrapper\":\"" + std::string(primitive_name(type.at(0).kind)) + "\"}";
      break;
    case TypeKind::kList:
      out += "{\"list_type\":{";
      append_parameter("elem_type", type.at(0), out);
      out += "}}";
      break;
    case TypeKind::kMap:
      out += "{\"map_type\":{";
      append_parameter("key_type", type.at(0), out);
      out += ',';
      append_parameter("value_type", type.at(1), out);
      out += "}}";
      break;
    case TypeKind::kType:
      out += '{';
      append_parameter("type", type.at(0), out);
      out += '}';
      break;
    case TypeKind::kTypeParam:
      out += "{\"type_param\":";
      append_json_string(type.name, out);
      out += '}';
      break;
    case TypeKind::kError:
      out += "{\"error\":{}}";
      break;
    case TypeKind::kOptional:
    case TypeKind::kOpaque: {
      out += "{\"abstract_type\":{\"name\":";
      append_json_string(type.is(TypeKind::kOptional) ? "optional_type" : type.name, out);
      out += ",\"parameter_types\":[";
      size_t count = type.parameters ? type.parameters->size() : 0;
      for (size_t i = 0; i < count; ++i) {
        if (i > 0) out += ',';
        append_type_json(type.at(i), out);
      }
      out += "]}}";
      break;
    }
  }
}

Status declare_from_typed_json(const Value& json, Environment& environment, uint32_t& next_slot) {
  if (!json.is(Kind::kList)) return user_error("type_env must be a list");
  for (uint32_t i = 0; i < json.size; ++i) {
    Value name = json.items[i].field("name");
    if (!name.is(Kind::kString)) return user_error("type_env: a declaration needs a name");
    Value ident = json.items[i].field("ident");
    if (!ident.is_absent()) {
      Result<Type> type = type_from_typed_json(ident.field("type"));
      if (!type.ok()) return type.error();
      environment.declare(std::string(name.as_string()), *type, next_slot++);
      continue;
    }
    Value overloads = json.items[i].field("function").field("overloads");
    if (!overloads.is(Kind::kList)) return user_error("type_env: neither ident nor function");
    for (uint32_t j = 0; j < overloads.size; ++j) {
      Status status =
          declare_function(std::string(name.as_string()), overloads.items[j], environment);
      if (!status.ok()) return status;
    }
  }
  return {};
}

}  // namespace sapa::expression
