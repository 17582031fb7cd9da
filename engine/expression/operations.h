// The operations of the language on values: equality, ordering, arithmetic, member access,
// membership. Arguments are never absent and, unless said so, never errors; results may be errors.
#pragma once

#include "engine/base/value.h"
#include "engine/expression/ast.h"
#include "engine/expression/context.h"

namespace sapa::expression {

/// CEL's equality: numbers across types, different kinds unequal, NaN unequal to everything.
bool values_equal(EvalContext& context, const Value& a, const Value& b);

/// kUnordered: a NaN is involved. kIncomparable: there is no ordering between these kinds.
enum class Ordering : uint8_t { kLess, kEqual, kGreater, kUnordered, kIncomparable };
Ordering compare_values(const Value& a, const Value& b);
/// For <, <=, >, >=: a bool or an error.
Value compare(EvalContext& context, Operator op, const Value& a, const Value& b);

/// + - * / %. Int, uint and double may be mixed: then all are doubles.
Value arithmetic(EvalContext& context, Operator op, const Value& a, const Value& b);
Value negate(EvalContext& context, const Value& a);

/// A map's entry or absent; keys of different number types match when equal.
Value map_find(EvalContext& context, const Value& map, const Value& key);
uint32_t map_size(const Value& map);
Value map_key(const Value& map, uint32_t i);
Value map_value(const Value& map, uint32_t i);

/// operand.name; through an optional the result is an optional.
Value select(EvalContext& context, const Value& operand, std::string_view name);
/// operand.?name: always an optional, or an error.
Value select_optional(EvalContext& context, const Value& operand, std::string_view name);
/// has(operand.name)
Value select_test(EvalContext& context, const Value& operand, std::string_view name);
Value index(EvalContext& context, const Value& operand, const Value& key);
Value index_optional(EvalContext& context, const Value& operand, const Value& key);
/// element in container
Value contains(EvalContext& context, const Value& element, const Value& container);

bool is_valid_map_key(const Value& key);
/// Sorts nothing, changes nothing: the index of a key that stands twice, or `count`.
uint32_t find_repeated_key(EvalContext& context, const MapEntry* entries, uint32_t count);

/// Equal values have equal hashes, across number types too. Only for scalars.
uint64_t hash_scalar(const Value& value);
bool is_scalar(const Value& value);

/// "int", "google.protobuf.Timestamp" …
std::string_view type_name(const Value& value);
Value no_such_key(EvalContext& context, const Value& key);
Value no_such_overload(EvalContext& context, std::string_view function, const Value* args,
                       size_t count);

/// Charges for every element that the value shows, shared ones each time; false if that is too
/// much.
bool charge_for_size(EvalContext& context, const Value& value);

}  // namespace sapa::expression
