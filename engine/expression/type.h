// The static types of CEL. A Type is a small immutable value; parameters (of list, map, optional)
// are shared.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sapa::expression {

enum class TypeKind : uint8_t {
  kDyn,
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kTimestamp,
  kDuration,
  kList,       ///< one parameter: the element
  kMap,        ///< two: key, value
  kOptional,   ///< one
  kType,       ///< one: the type it is a value of
  kWrapper,    ///< one: the wrapped scalar (google.protobuf.Int64Value …), nullable
  kTypeParam,  ///< a type variable, by name
  kError,
  kOpaque,  ///< a host's own type, by name, with parameters
};

struct Type {
  TypeKind kind = TypeKind::kDyn;
  std::string name;  ///< of a type parameter, or an opaque type
  std::shared_ptr<const std::vector<Type>> parameters;
  /// Of a map: members whose types are known; others are of its value type.
  std::shared_ptr<const std::vector<std::pair<std::string, Type>>> members;

  Type() = default;
  Type(TypeKind k) : kind(k) {}  // NOLINT: implicit on purpose

  /// An int or a double, as data may hold either: dynamic, but no text and no list.
  static Type any_number();
  static Type record_of(std::vector<std::pair<std::string, Type>> members);
  static Type list_of(Type element);
  static Type map_of(Type key, Type value);
  static Type optional_of(Type inner);
  static Type type_of(Type value);
  static Type wrapper_of(Type scalar);
  static Type parameter(std::string name);
  static Type opaque(std::string name, std::vector<Type> parameters);

  /// The i-th parameter; dyn if there is none.
  const Type& at(size_t i) const;
  bool is(TypeKind k) const { return kind == k; }
  bool is_dynamic() const { return kind == TypeKind::kDyn || kind == TypeKind::kError; }
  bool is_any_number() const { return kind == TypeKind::kDyn && name == "number"; }
  const Type* member(std::string_view member_name) const;
  bool is_number() const {
    return kind == TypeKind::kInt || kind == TypeKind::kUint || kind == TypeKind::kDouble;
  }

  /// "map(string, dyn)"
  std::string to_string() const;
  bool operator==(const Type& other) const;
};

}  // namespace sapa::expression
