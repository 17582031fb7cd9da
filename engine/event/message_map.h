// Maps of values while they are built: a copy with room for more entries.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/base/value.h"

namespace sapa {

/// A map that entries can be set in. It copies the original's entries once, when first changed;
/// keys and values stay where they are. At most `room` keys may be added.
class MessageMap {
 public:
  MessageMap(const Value& original, uint32_t room, Arena& arena)
      : entries_(original.is(Kind::kMap) ? original.entries : nullptr),
        size_(original.is(Kind::kMap) ? original.size : 0),
        room_(room),
        arena_(arena) {}

  /// `key` must live as long as the arena's content.
  void set(std::string_view key, const Value& value);

  Value value() const { return Value::of_map(entries_, size_); }

 private:
  const MapEntry* entries_;
  MapEntry* own_ = nullptr;
  uint32_t size_;
  uint32_t room_;
  Arena& arena_;
};

}  // namespace sapa
