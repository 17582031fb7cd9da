#include "engine/expression/operations.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "engine/base/hash.h"

namespace sapa::expression {
namespace {

bool numbers_equal(const Value& a, const Value& b) {
  if (a.kind == b.kind) {
    if (a.kind == Kind::kDouble) return a.number == b.number;
    return a.integer == b.integer;
  }
  if (a.kind == Kind::kDouble || b.kind == Kind::kDouble) return a.as_double() == b.as_double();
  return a.integer >= 0 && b.integer >= 0 && a.integer == b.integer;
}

template <typename T>
Ordering order(T a, T b) {
  return a < b ? Ordering::kLess : b < a ? Ordering::kGreater : Ordering::kEqual;
}

Ordering compare_numbers(const Value& a, const Value& b) {
  if (a.kind == b.kind) {
    if (a.kind == Kind::kInt) return order(a.integer, b.integer);
    if (a.kind == Kind::kUint) return order(a.unsigned_integer, b.unsigned_integer);
  }
  if (a.kind == Kind::kDouble || b.kind == Kind::kDouble) {
    double x = a.as_double(), y = b.as_double();
    if (std::isnan(x) || std::isnan(y)) return Ordering::kUnordered;
    return order(x, y);
  }
  if (a.kind == Kind::kInt) {
    if (a.integer < 0) return Ordering::kLess;
    return order(static_cast<uint64_t>(a.integer), b.unsigned_integer);
  }
  if (b.integer < 0) return Ordering::kGreater;
  return order(a.unsigned_integer, static_cast<uint64_t>(b.integer));
}

bool maps_equal(EvalContext& context, const Value& a, const Value& b) {
  uint32_t count = map_size(a);
  if (count != map_size(b)) return false;
  for (uint32_t i = 0; i < count; ++i) {
    Value other = map_find(context, b, map_key(a, i));
    if (other.is_absent() || context.exhausted()) return false;
    if (!values_equal(context, map_value(a, i), other)) return false;
  }
  return true;
}

bool is_map(const Value& v) { return v.kind == Kind::kMap || v.kind == Kind::kHostMap; }

Value does_not_support(EvalContext& context, const Value& operand, std::string_view what) {
  return context.error({"type '", type_name(operand), "' does not support ", what});
}

/// The whole number that a list index means, or -1.
int64_t list_position(const Value& key) {
  if (key.kind == Kind::kInt) return key.integer;
  if (key.kind == Kind::kUint) {
    return key.unsigned_integer > UINT32_MAX ? -1 : static_cast<int64_t>(key.unsigned_integer);
  }
  if (key.kind == Kind::kDouble && key.number >= 0 && key.number <= UINT32_MAX &&
      key.number == std::floor(key.number)) {
    return static_cast<int64_t>(key.number);
  }
  return -1;
}

Value list_element(const Value& list, const Value& key) {
  int64_t position = list_position(key);
  if (position < 0 || position >= list.size) return Value::absent();
  return list.items[position];
}

/// Absent when there is no such entry or element; an error when the operand has none at all.
Value find_at(EvalContext& context, const Value& operand, const Value& key) {
  if (is_map(operand)) return map_find(context, operand, key);
  if (operand.kind != Kind::kList) return does_not_support(context, operand, "indexing");
  if (!key.is_number()) return context.error({"a list index is a number, not ", type_name(key)});
  return list_element(operand, key);
}

Value optional_from(EvalContext& context, const Value& found) {
  if (found.is_absent()) return Value::of_optional(nullptr);
  return found.is_error() ? found : context.optional_of(found);
}

}  // namespace

bool values_equal(EvalContext& context, const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return numbers_equal(a, b);
  if (a.kind != b.kind) {
    if (is_map(a) && is_map(b)) return maps_equal(context, a, b);
    return false;
  }
  switch (a.kind) {
    case Kind::kNull:
      return true;
    case Kind::kBool:
      return a.boolean == b.boolean;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kType:
    case Kind::kError:
      if (a.size != b.size || !context.charge(a.size / 64)) return false;
      return a.size == 0 || std::memcmp(a.text, b.text, a.size) == 0;
    case Kind::kTimestamp:
    case Kind::kDuration:
      return a.integer == b.integer && a.size == b.size;
    case Kind::kList: {
      if (a.size != b.size || !context.charge(a.size)) return false;
      for (uint32_t i = 0; i < a.size; ++i) {
        if (!values_equal(context, a.items[i], b.items[i])) return false;
      }
      return true;
    }
    case Kind::kMap:
    case Kind::kHostMap:
      return maps_equal(context, a, b);
    case Kind::kOptional:
      if (!a.inner || !b.inner) return a.inner == b.inner;
      return context.charge(1) && values_equal(context, *a.inner, *b.inner);
    default:
      return false;
  }
}

Ordering compare_values(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  if (a.kind != b.kind) return Ordering::kIncomparable;
  switch (a.kind) {
    case Kind::kBool:
      return order(a.boolean, b.boolean);
    case Kind::kString:
    case Kind::kBytes:
      return order(a.as_string().compare(b.as_string()), 0);
    case Kind::kTimestamp:
    case Kind::kDuration:
      return a.integer == b.integer ? order(a.nanos(), b.nanos()) : order(a.integer, b.integer);
    default:
      return Ordering::kIncomparable;
  }
}

Value compare(EvalContext& context, Operator op, const Value& a, const Value& b) {
  Ordering found = compare_values(a, b);
  if (found == Ordering::kIncomparable) {
    Value args[] = {a, b};
    return no_such_overload(context, operator_symbol(op), args, 2);
  }
  if ((a.kind == Kind::kString || a.kind == Kind::kBytes) &&
      !context.charge(std::min(a.size, b.size) / 64)) {
    return context.limit_error();
  }
  switch (op) {
    case Operator::kLess:
      return Value::of_bool(found == Ordering::kLess);
    case Operator::kLessEqual:
      return Value::of_bool(found == Ordering::kLess || found == Ordering::kEqual);
    case Operator::kGreater:
      return Value::of_bool(found == Ordering::kGreater);
    default:
      return Value::of_bool(found == Ordering::kGreater || found == Ordering::kEqual);
  }
}

uint32_t map_size(const Value& map) {
  return map.kind == Kind::kHostMap ? map.host_map->size() : map.size;
}

Value map_key(const Value& map, uint32_t i) {
  return map.kind == Kind::kHostMap ? map.host_map->key_at(i) : map.entries[i].key;
}

Value map_value(const Value& map, uint32_t i) {
  if (map.kind == Kind::kHostMap) return map.host_map->find(map.host_map->key_at(i));
  return map.entries[i].value;
}

Value map_find(EvalContext& context, const Value& map, const Value& key) {
  if (map.kind == Kind::kHostMap) {
    return is_scalar(key) ? map.host_map->find(key) : Value::absent();
  }
  if (key.kind == Kind::kString) {
    if (map.size > 16 && !context.charge(map.size / 16)) return context.limit_error();
    return map.field(key.as_string());
  }
  if (!context.charge(map.size / 16)) return context.limit_error();
  for (uint32_t i = 0; i < map.size; ++i) {
    const Value& mine = map.entries[i].key;
    bool equal = mine.is_number() && key.is_number()                   ? numbers_equal(mine, key)
                 : mine.kind == Kind::kBool && key.kind == Kind::kBool ? mine.boolean == key.boolean
                                                                       : false;
    if (equal) return map.entries[i].value;
  }
  return Value::absent();
}

/// A host's map may have an answer for keys that it does not hold.
static Value map_contains(EvalContext& context, const Value& map, const Value& key) {
  if (map.kind == Kind::kHostMap) {
    return Value::of_bool(is_scalar(key) && map.host_map->contains(key));
  }
  Value found = map_find(context, map, key);
  return found.is_error() ? found : Value::of_bool(!found.is_absent());
}

Value select(EvalContext& context, const Value& operand, std::string_view name) {
  if (is_map(operand)) {
    Value found = map_find(context, operand, Value::of_string(name));
    return found.is_absent() ? no_such_key(context, Value::of_string(name)) : found;
  }
  if (operand.kind == Kind::kOptional) {
    return operand.inner ? select_optional(context, *operand.inner, name) : operand;
  }
  return operand.is_error() ? operand : does_not_support(context, operand, "member selection");
}

Value select_optional(EvalContext& context, const Value& operand, std::string_view name) {
  if (is_map(operand)) {
    return optional_from(context, map_find(context, operand, Value::of_string(name)));
  }
  if (operand.kind == Kind::kOptional) {
    return operand.inner ? select_optional(context, *operand.inner, name) : operand;
  }
  return operand.is_error() ? operand : does_not_support(context, operand, "member selection");
}

Value select_test(EvalContext& context, const Value& operand, std::string_view name) {
  if (is_map(operand)) {
    return map_contains(context, operand, Value::of_string(name));
  }
  if (operand.kind == Kind::kOptional) {
    return operand.inner ? select_test(context, *operand.inner, name) : Value::of_bool(false);
  }
  return operand.is_error() ? operand : does_not_support(context, operand, "member selection");
}

Value index(EvalContext& context, const Value& operand, const Value& key) {
  if (operand.kind == Kind::kOptional) {
    return operand.inner ? index_optional(context, *operand.inner, key) : operand;
  }
  Value found = find_at(context, operand, key);
  if (!found.is_absent()) return found;
  if (is_map(operand)) return no_such_key(context, key);
  if (key.kind == Kind::kInt) {
    return context.error({"index out of range: ", std::to_string(key.integer)});
  }
  return context.error({"index out of range"});
}

Value index_optional(EvalContext& context, const Value& operand, const Value& key) {
  if (operand.kind == Kind::kOptional) {
    return operand.inner ? index_optional(context, *operand.inner, key) : operand;
  }
  return optional_from(context, find_at(context, operand, key));
}

Value contains(EvalContext& context, const Value& element, const Value& container) {
  if (is_map(container)) {
    return map_contains(context, container, element);
  }
  if (container.kind != Kind::kList) {
    Value args[] = {element, container};
    return no_such_overload(context, "in", args, 2);
  }
  if (!context.charge(container.size / 8)) return context.limit_error();
  for (uint32_t i = 0; i < container.size; ++i) {
    if (values_equal(context, container.items[i], element)) return Value::of_bool(true);
  }
  return context.exhausted() ? context.limit_error() : Value::of_bool(false);
}

bool is_valid_map_key(const Value& key) {
  return key.kind == Kind::kString || key.kind == Kind::kInt || key.kind == Kind::kUint ||
         key.kind == Kind::kBool;
}

uint32_t find_repeated_key(EvalContext& context, const MapEntry* entries, uint32_t count) {
  if (count <= 16) {
    for (uint32_t i = 1; i < count; ++i) {
      for (uint32_t j = 0; j < i; ++j) {
        if (values_equal(context, entries[i].key, entries[j].key)) return i;
      }
    }
    return count;
  }
  // An open-addressing table of positions.
  uint32_t capacity = 64;
  while (capacity < count * 2) capacity *= 2;
  auto* table = context.array<uint32_t>(capacity);
  if (!table) return count;
  for (uint32_t i = 0; i < capacity; ++i) table[i] = UINT32_MAX;
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t at = static_cast<uint32_t>(hash_scalar(entries[i].key)) & (capacity - 1);
    for (; table[at] != UINT32_MAX; at = (at + 1) & (capacity - 1)) {
      if (values_equal(context, entries[table[at]].key, entries[i].key)) return i;
    }
    table[at] = i;
  }
  return count;
}

bool is_scalar(const Value& value) {
  switch (value.kind) {
    case Kind::kList:
    case Kind::kMap:
    case Kind::kHostMap:
    case Kind::kOptional:
    case Kind::kAbsent:
    case Kind::kError:
      return false;
    default:
      return true;
  }
}

uint64_t hash_scalar(const Value& value) {
  switch (value.kind) {
    case Kind::kNull:
      return 1;
    case Kind::kBool:
      return value.boolean ? 3 : 2;
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kDouble: {
      // Equal numbers are equal as doubles.
      double number = value.as_double();
      if (number == 0) number = 0;
      uint64_t bits;
      std::memcpy(&bits, &number, sizeof bits);
      return mix64(bits ^ 0x5851F42D4C957F2D, 0x9E3779B97F4A7C15);
    }
    case Kind::kTimestamp:
    case Kind::kDuration:
      return mix64(static_cast<uint64_t>(value.integer) ^ value.size, 0x9E3779B97F4A7C15);
    default:
      return hash64(value.as_string(), static_cast<uint64_t>(value.kind));
  }
}

std::string_view type_name(const Value& value) { return kind_name(value.kind); }

Value no_such_key(EvalContext& context, const Value& key) {
  switch (key.kind) {
    case Kind::kString:
      return context.error({"no such key: ", key.as_string()});
    case Kind::kInt:
      return context.error({"no such key: ", std::to_string(key.integer)});
    case Kind::kUint:
      return context.error({"no such key: ", std::to_string(key.unsigned_integer), "u"});
    case Kind::kBool:
      return context.error({"no such key: ", key.boolean ? "true" : "false"});
    default:
      return context.error({"no such key, of type ", type_name(key)});
  }
}

Value no_such_overload(EvalContext& context, std::string_view function, const Value* args,
                       size_t count) {
  std::string types;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) types += ", ";
    types += type_name(args[i]);
  }
  return context.error({"no such overload: ", function, " of (", types, ")"});
}

bool charge_for_size(EvalContext& context, const Value& value) {
  switch (value.kind) {
    case Kind::kList:
      if (!context.charge(value.size)) return false;
      for (uint32_t i = 0; i < value.size; ++i) {
        if (!charge_for_size(context, value.items[i])) return false;
      }
      return true;
    case Kind::kMap:
      if (!context.charge(value.size)) return false;
      for (uint32_t i = 0; i < value.size; ++i) {
        if (!charge_for_size(context, value.entries[i].key)) return false;
        if (!charge_for_size(context, value.entries[i].value)) return false;
      }
      return true;
    case Kind::kOptional:
      return context.charge(1) && (!value.inner || charge_for_size(context, *value.inner));
    case Kind::kString:
    case Kind::kBytes:
      return context.charge(value.size / 64);
    default:
      return true;
  }
}

}  // namespace sapa::expression
