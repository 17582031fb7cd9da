#include "engine/expression/type.h"

namespace sapa::expression {
namespace {

Type with(TypeKind kind, std::vector<Type> parameters) {
  Type type(kind);
  type.parameters = std::make_shared<const std::vector<Type>>(std::move(parameters));
  return type;
}

std::string_view base_name(TypeKind kind) {
  switch (kind) {
    case TypeKind::kDyn:
      return "dyn";
    case TypeKind::kNull:
      return "null";
    case TypeKind::kBool:
      return "bool";
    case TypeKind::kInt:
      return "int";
    case TypeKind::kUint:
      return "uint";
    case TypeKind::kDouble:
      return "double";
    case TypeKind::kString:
      return "string";
    case TypeKind::kBytes:
      return "bytes";
    case TypeKind::kTimestamp:
      return "timestamp";
    case TypeKind::kDuration:
      return "duration";
    case TypeKind::kList:
      return "list";
    case TypeKind::kMap:
      return "map";
    case TypeKind::kOptional:
      return "optional";
    case TypeKind::kType:
      return "type";
    case TypeKind::kWrapper:
      return "wrapper";
    case TypeKind::kTypeParam:
    case TypeKind::kOpaque:
      return {};
    case TypeKind::kError:
      return "error";
  }
  return {};
}

}  // namespace

Type Type::any_number() {
  Type type;
  type.name = "number";
  return type;
}
Type Type::record_of(std::vector<std::pair<std::string, Type>> members) {
  Type type = map_of(TypeKind::kString, TypeKind::kDyn);
  type.members =
      std::make_shared<const std::vector<std::pair<std::string, Type>>>(std::move(members));
  return type;
}
const Type* Type::member(std::string_view member_name) const {
  if (members == nullptr) return nullptr;
  for (const auto& [its_name, type] : *members) {
    if (its_name == member_name) return &type;
  }
  return nullptr;
}

Type Type::list_of(Type element) { return with(TypeKind::kList, {std::move(element)}); }
Type Type::map_of(Type key, Type value) {
  return with(TypeKind::kMap, {std::move(key), std::move(value)});
}
Type Type::optional_of(Type inner) { return with(TypeKind::kOptional, {std::move(inner)}); }
Type Type::type_of(Type value) { return with(TypeKind::kType, {std::move(value)}); }
Type Type::wrapper_of(Type scalar) { return with(TypeKind::kWrapper, {std::move(scalar)}); }
Type Type::parameter(std::string name) {
  Type type(TypeKind::kTypeParam);
  type.name = std::move(name);
  return type;
}
Type Type::opaque(std::string name, std::vector<Type> parameters) {
  Type type = with(TypeKind::kOpaque, std::move(parameters));
  type.name = std::move(name);
  return type;
}

const Type& Type::at(size_t i) const {
  static const Type dyn;
  return parameters && i < parameters->size() ? (*parameters)[i] : dyn;
}

std::string Type::to_string() const {
  std::string out(kind == TypeKind::kTypeParam || kind == TypeKind::kOpaque ? std::string_view(name)
                                                                            : base_name(kind));
  if (!parameters || parameters->empty()) return out;
  out += '(';
  for (size_t i = 0; i < parameters->size(); ++i) {
    if (i > 0) out += ", ";
    out += (*parameters)[i].to_string();
  }
  return out + ')';
}

bool Type::operator==(const Type& other) const {
  if (kind != other.kind || name != other.name) return false;
  size_t mine = parameters ? parameters->size() : 0;
  size_t theirs = other.parameters ? other.parameters->size() : 0;
  if (mine != theirs) return false;
  for (size_t i = 0; i < mine; ++i) {
    if (!((*parameters)[i] == (*other.parameters)[i])) return false;
  }
  return true;
}

}  // namespace sapa::expression
