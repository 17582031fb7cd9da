// The messages that a customer has sent lately, so that a repeat is known. Kept as they are stored,
// in order of arrival, ten bytes each: the lowest 48 bits of hash64(messageId), then the second of
// its time since 1970 (32 bits; earlier and later ones count as the first and the last). Two
// messages are taken for the same once in 10^12 events or so.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "engine/customer/bytes.h"

namespace sapa {

class SeenMessages {
 public:
  static constexpr uint64_t kHashMask = 0xFFFF'FFFF'FFFF;
  static constexpr size_t kEntryBytes = 10;

  bool contains(uint64_t id_hash) const {
    const char* at = entries_.data();
    const char* end = at + entries_.size();
    for (; at != end; at += kEntryBytes) {
      uint64_t entry;
      std::memcpy(&entry, at, sizeof entry);
      if (((entry ^ id_hash) & kHashMask) == 0) return true;
    }
    return false;
  }
  void add(uint64_t id_hash, int64_t time_ms) {
    char entry[kEntryBytes];
    const uint32_t second = second_of(time_ms);
    std::memcpy(entry, &id_hash, 6);
    std::memcpy(entry + 6, &second, 4);
    entries_.append(entry, kEntryBytes);
  }
  /// Drops those at the front of seconds before that of `oldest_ms`; then as many as it takes to
  /// leave room for one more of `most` (at least 1).
  void drop(int64_t oldest_ms, size_t most) {
    const uint32_t oldest = second_of(oldest_ms);
    size_t gone = size() >= most ? size() - most + 1 : 0;
    while (gone < size() && second_at(gone) < oldest) ++gone;
    if (gone > 0) entries_.erase(0, gone * kEntryBytes);
  }

  size_t size() const { return entries_.size() / kEntryBytes; }
  bool empty() const { return entries_.empty(); }
  void clear() { entries_.clear(); }
  bool operator==(const SeenMessages&) const = default;

  /// text entries
  void encode(ByteWriter& out) const { out.text(entries_); }
  /// False for what is no number of whole entries.
  bool decode(ByteReader& in) {
    entries_ = in.text();
    return in.ok() && entries_.size() % kEntryBytes == 0;
  }

 private:
  static uint32_t second_of(int64_t ms) {
    return static_cast<uint32_t>(std::clamp<int64_t>(ms / 1000, 0, UINT32_MAX));
  }
  uint32_t second_at(size_t i) const {
    uint32_t second;
    std::memcpy(&second, entries_.data() + i * kEntryBytes + 6, sizeof second);
    return second;
  }

  std::string entries_;
};

}  // namespace sapa
