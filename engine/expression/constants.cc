#include "engine/expression/constants.h"

#include "engine/expression/operations.h"

namespace sapa::expression {

Value deep_copy(const Value& value, Arena& pool) {
  Value copy = value;
  switch (value.kind) {
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kType:
    case Kind::kError:
      copy.text = pool.copy(value.as_string()).data();
      break;
    case Kind::kList: {
      auto* items = pool.array<Value>(value.size);
      for (uint32_t i = 0; i < value.size; ++i) items[i] = deep_copy(value.items[i], pool);
      copy.items = items;
      break;
    }
    case Kind::kMap: {
      auto* entries = pool.array<MapEntry>(value.size);
      for (uint32_t i = 0; i < value.size; ++i) {
        entries[i] = {deep_copy(value.entries[i].key, pool),
                      deep_copy(value.entries[i].value, pool)};
      }
      copy.entries = entries;
      break;
    }
    case Kind::kOptional:
      if (value.inner) copy.inner = pool.make<Value>(deep_copy(*value.inner, pool));
      break;
    default:
      break;
  }
  return copy;
}

ConstantSet make_constant_set(const Value& list) {
  ConstantSet set;
  uint32_t capacity = 16;
  while (capacity < list.size * 2) capacity *= 2;
  set.table.resize(capacity);
  set.mask = capacity - 1;
  for (uint32_t i = 0; i < list.size; ++i) {
    uint32_t slot = static_cast<uint32_t>(hash_scalar(list.items[i])) & set.mask;
    while (!set.table[slot].is_absent()) slot = (slot + 1) & set.mask;
    set.table[slot] = list.items[i];
  }
  return set;
}

}  // namespace sapa::expression
