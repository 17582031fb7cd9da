// Keys that stand twice in a map that was just read: told and merged in O(n log n) whatever the
// keys.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "engine/base/value.h"

namespace sapa {

/// Every key keeps its first place and gets its last value. Gives the number of entries left.
/// `text_of(key)` is a string key's text; `scratch` is kept for its memory.
template <typename TextOf>
uint32_t merge_equal_keys(MapEntry* entries, uint32_t count, std::vector<uint32_t>& scratch,
                          TextOf text_of) {
  constexpr uint32_t kFewKeys = 16;
  auto equal = [&](const MapEntry& a, const MapEntry& b) {
    return a.key.size == b.key.size && text_of(a.key) == text_of(b.key);
  };
  if (count <= kFewKeys) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; ++i) {
      uint32_t j = 0;
      while (j < kept && !equal(entries[j], entries[i])) ++j;
      if (j < kept) {
        entries[j].value = entries[i].value;
      } else {
        if (kept != i) entries[kept] = entries[i];
        ++kept;
      }
    }
    return kept;
  }
  scratch.resize(count);
  for (uint32_t i = 0; i < count; ++i) scratch[i] = i;
  std::sort(scratch.begin(), scratch.end(), [&](uint32_t a, uint32_t b) {
    const MapEntry &x = entries[a], &y = entries[b];
    if (x.key.size != y.key.size) return x.key.size < y.key.size;
    int order = std::memcmp(text_of(x.key).data(), text_of(y.key).data(), x.key.size);
    return order != 0 ? order < 0 : a < b;
  });
  bool any = false;
  uint32_t first = scratch[0];
  for (uint32_t i = 1; i < count; ++i) {
    if (!equal(entries[first], entries[scratch[i]])) {
      first = scratch[i];
      continue;
    }
    entries[first].value = entries[scratch[i]].value;
    entries[scratch[i]].key.kind = Kind::kAbsent;
    any = true;
  }
  if (!any) return count;
  auto* end = std::remove_if(entries, entries + count,
                             [](const MapEntry& entry) { return entry.key.is_absent(); });
  return static_cast<uint32_t>(end - entries);
}

}  // namespace sapa
