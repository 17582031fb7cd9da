// Functions on maps whose values are numbers: the keys with the highest values (a customer's
// favourite categories). Of equal values the smaller key comes first; values that are no numbers
// are passed over.
#include <algorithm>
#include <cmath>

#include "engine/expression/functions.h"
#include "engine/expression/operations.h"

namespace sapa::expression::functions {
namespace {

bool ranks_before(const MapEntry& a, const MapEntry& b) {
  Ordering by_value = compare_values(a.value, b.value);
  if (by_value != Ordering::kEqual) return by_value == Ordering::kGreater;
  return compare_values(a.key, b.key) == Ordering::kLess;
}

/// The entries with numbers, unordered; null if a limit is hit.
MapEntry* numeric_entries(EvalContext& context, const Value& map, uint32_t& count) {
  uint32_t size = map_size(map);
  count = 0;
  if (!context.charge(size)) return nullptr;
  auto* entries = context.array<MapEntry>(std::max<uint32_t>(size, 1));
  if (entries == nullptr) return nullptr;
  for (uint32_t i = 0; i < size; ++i) {
    Value value = map_value(map, i);
    if (value.is_number() && !std::isnan(value.as_double())) {
      entries[count++] = {map_key(map, i), value};
    }
  }
  return entries;
}

}  // namespace

Value top_key(EvalContext& context, const Value* args) {
  uint32_t count = 0;
  MapEntry* entries = numeric_entries(context, args[0], count);
  if (entries == nullptr) return context.limit_error();
  if (count == 0) return Value::of_optional(nullptr);
  return context.optional_of(std::min_element(entries, entries + count, ranks_before)->key);
}

Value top_keys(EvalContext& context, const Value* args) {
  if (args[1].integer < 0) return context.error({"top: how many cannot be negative"});
  uint32_t count = 0;
  MapEntry* entries = numeric_entries(context, args[0], count);
  if (entries == nullptr) return context.limit_error();
  auto wanted = static_cast<uint32_t>(std::min<int64_t>(args[1].integer, count));
  if (wanted == 0) return Value::of_list(nullptr, 0);
  uint64_t rounds = 1;
  for (uint32_t rest = wanted; rest > 1; rest /= 2) ++rounds;
  if (!context.charge(count * rounds)) return context.limit_error();
  std::partial_sort(entries, entries + wanted, entries + count, ranks_before);
  auto* keys = context.array<Value>(wanted);
  if (keys == nullptr) return context.limit_error();
  for (uint32_t i = 0; i < wanted; ++i) keys[i] = entries[i].key;
  return Value::of_list(keys, wanted);
}

}  // namespace sapa::expression::functions
