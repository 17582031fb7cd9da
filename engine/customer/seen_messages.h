// The messages that a customer has sent lately, so that a repeat is known. Kept as they are stored:
// for each message, in order of arrival, the lowest 48 bits of hash64(messageId) and the zigzag of
// its time less the one before. Two messages are taken for the same once in 10^12 events or so.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/customer/bytes.h"

namespace sapa {

class SeenMessages {
 public:
  static constexpr uint64_t kHashMask = 0xFFFF'FFFF'FFFF;

  bool contains(uint64_t id_hash) const {
    ByteReader in(entries_);
    for (uint32_t i = 0; i < count_; ++i) {
      if (in.fixed48() == (id_hash & kHashMask)) return true;
      in.zigzag();
    }
    return false;
  }
  void add(uint64_t id_hash, int64_t time) {
    if (count_ == 0) first_time_ = last_time_ = time;
    ByteWriter out(entries_);
    out.fixed48(id_hash);
    out.zigzag(wrapping_subtract(time, last_time_));
    last_time_ = time;
    ++count_;
  }
  /// Drops those at the front that are older than `oldest`; then as many as it takes to leave room
  /// for one more of `most` (at least 1).
  void drop(int64_t oldest, size_t most) {
    ByteReader in(entries_);
    while (count_ > 0 && first_time_ < oldest) drop_first(in);
    while (count_ > 0 && count_ >= most) drop_first(in);
    if (in.left() != entries_.size()) entries_.erase(0, entries_.size() - in.left());
    if (count_ == 0) clear();
  }

  size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  void clear() {
    entries_.clear();
    count_ = 0;
    first_time_ = last_time_ = 0;
  }
  bool operator==(const SeenMessages&) const = default;

  /// varint count | zigzag first time | zigzag last time - first time | text entries
  void encode(ByteWriter& out) const {
    out.varint(count_);
    out.zigzag(first_time_);
    out.zigzag(wrapping_subtract(last_time_, first_time_));
    out.text(entries_);
  }
  void decode(ByteReader& in) {
    count_ = in.count();
    first_time_ = in.zigzag();
    last_time_ = wrapping_add(first_time_, in.zigzag());
    entries_ = in.text();
  }

 private:
  /// `in` stands before the first one, and then behind it.
  void drop_first(ByteReader& in) {
    in.fixed48();
    in.zigzag();
    --count_;
    ByteReader next = in;
    next.fixed48();
    first_time_ = wrapping_add(first_time_, next.zigzag());
  }

  std::string entries_;
  uint32_t count_ = 0;
  int64_t first_time_ = 0;  ///< of the message in front
  int64_t last_time_ = 0;   ///< of the one that came last
};

}  // namespace sapa
