#include "engine/expression/type_names.h"

namespace sapa::expression {
namespace {

struct NamedType {
  std::string_view name;
  TypeKind kind;
};

constexpr NamedType kTypes[] = {
    {"bool", TypeKind::kBool},
    {"int", TypeKind::kInt},
    {"uint", TypeKind::kUint},
    {"double", TypeKind::kDouble},
    {"string", TypeKind::kString},
    {"bytes", TypeKind::kBytes},
    {"list", TypeKind::kList},
    {"map", TypeKind::kMap},
    {"type", TypeKind::kType},
    {"dyn", TypeKind::kDyn},
    {"null_type", TypeKind::kNull},
    {"optional_type", TypeKind::kOptional},
    {"google.protobuf.Timestamp", TypeKind::kTimestamp},
    {"google.protobuf.Duration", TypeKind::kDuration},
};

}  // namespace

std::string_view find_type_name(std::string_view name) {
  for (const NamedType& type : kTypes) {
    if (type.name == name) return type.name;
  }
  return {};
}

Type type_of_name(std::string_view name) {
  for (const NamedType& type : kTypes) {
    if (type.name != name) continue;
    switch (type.kind) {
      case TypeKind::kList:
        return Type::list_of({});
      case TypeKind::kMap:
        return Type::map_of({}, {});
      case TypeKind::kOptional:
        return Type::optional_of({});
      case TypeKind::kType:
        return Type::type_of({});
      default:
        return type.kind;
    }
  }
  return {};
}

}  // namespace sapa::expression
