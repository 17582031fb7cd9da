// Keys that stand twice in a map that was just read: told and merged in O(n log n) whatever the
// keys.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/same_text.h"
#include "engine/base/value.h"

namespace sapa {

/// Tells while a map is being read whether all its keys are different, without comparing them:
/// each key has one of 64 bits.
class KeyFilter {
 public:
  void add(std::string_view key) {
    size_t sum = 0;
    if (!key.empty()) {
      sum = 3 * key.size() + 5 * static_cast<uint8_t>(key[key.size() / 2]) +
            static_cast<uint8_t>(key.back());
    }
    uint64_t bit = uint64_t{1} << (sum & 63);
    shared_ |= seen_ & bit;
    seen_ |= bit;
  }

  /// False if no two keys are equal; true says nothing.
  bool may_hold_equal_keys() const { return shared_ != 0; }

 private:
  uint64_t seen_ = 0, shared_ = 0;
};

/// Every key keeps its first place and gets its last value. Gives the number of entries left. All
/// keys are strings; `scratch` is kept for its memory.
inline uint32_t merge_equal_keys(MapEntry* entries, uint32_t count,
                                 std::vector<uint32_t>& scratch) {
  constexpr uint32_t kFewKeys = 16;
  auto text = [entries](uint32_t i) { return entries[i].key.as_string(); };
  if (count <= kFewKeys) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; ++i) {
      uint32_t j = 0;
      while (j < kept && !same_text(text(j), text(i))) ++j;
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
    std::string_view x = text(a), y = text(b);
    if (x.size() != y.size()) return x.size() < y.size();
    int order = x.compare(y);
    return order != 0 ? order < 0 : a < b;
  });
  bool any = false;
  uint32_t first = scratch[0];
  for (uint32_t i = 1; i < count; ++i) {
    if (text(first) != text(scratch[i])) {
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
