// A customer in memory: the record as bytes, as the changelog and the store have it, with what the
// table and the timers need to know. Only the customer that is being worked on is decoded: reading
// a few hundred bytes that lie together costs less than following a dozen small allocations, and
// holds several times as many customers.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "engine/base/time.h"

namespace sapa {

class HotCustomer {
 public:
  explicit HotCustomer(std::string_view id) : id_size_(static_cast<uint32_t>(id.size())) {
    reserve(0);
    std::memcpy(block_.get(), id.data(), id.size());
  }

  std::string_view id() const { return {block_.get(), id_size_}; }
  /// Empty as long as nothing is known of the customer.
  std::string_view record() const { return {block_.get() + id_size_, record_size_}; }
  void set_record(std::string_view bytes) {
    if (id_size_ + bytes.size() > capacity_) reserve(bytes.size());
    std::memcpy(block_.get() + id_size_, bytes.data(), bytes.size());
    record_size_ = static_cast<uint32_t>(bytes.size());
  }

  /// Of what is read first: the object, and what it points to (which reads the object).
  void prefetch() const {
    __builtin_prefetch(this);
    __builtin_prefetch(reinterpret_cast<const char*>(this) + 64);
  }
  void prefetch_record() const {
    for (size_t at = 0; at < 256 && at < capacity_; at += 64) __builtin_prefetch(block_.get() + at);
  }

  /// What it takes in memory, with its places in the table.
  size_t memory_bytes() const {
    constexpr size_t kInTheTable = 24, kOfTwoAllocations = 32;
    return sizeof(HotCustomer) + capacity_ + kInTheTable + kOfTwoAllocations;
  }

  uint64_t changed_in_epoch = 0;            ///< the last epoch that holds a change of it
  Timestamp next_due = Timestamp::never();  ///< of the record's earliest timer
  Timestamp stored_due =
      Timestamp::never();  ///< the timer index's entry, as of the last epoch taken
  Timestamp queued_due = Timestamp::never();  ///< an entry that the timer queue has, exactly
  /// The queue has an entry at or before this time, though it isn't known which; never() once one
  /// has been taken.
  Timestamp queued_before = Timestamp::never();
  uint32_t queue_generation = 0;  ///< of the timer queue when queued_due was put in
  uint32_t rules_number = 0;      ///< of the workspace that next_due is by
  uint32_t written_by = 0;        ///< of the workspace that the record is by; 0: not known
  bool dirty = false;             ///< changed in the epoch that is being worked on
  bool crowded = false;           ///< another's place is found by way of this one's
  bool referenced = true;         ///< used since the hand of the clock came by

 private:
  void reserve(size_t record_size) {
    // Records grow by a little with each event.
    const size_t capacity = (id_size_ + record_size + record_size / 8 + 15) / 16 * 16;
    auto block = std::make_unique_for_overwrite<char[]>(capacity);
    if (block_) std::memcpy(block.get(), block_.get(), id_size_);
    block_ = std::move(block);
    capacity_ = static_cast<uint32_t>(capacity);
  }

  std::unique_ptr<char[]> block_;  // the id, then the record
  uint32_t capacity_ = 0;
  uint32_t id_size_;
  uint32_t record_size_ = 0;
};

}  // namespace sapa
