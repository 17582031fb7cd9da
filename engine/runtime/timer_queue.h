// When which customer has a timer due, soonest first. Derived from the customers' records: an entry
// may be stale (put off or cancelled meanwhile), so whoever takes one asks the customer. Holds at
// most about two entries for each customer that has any: when there are more, only the soonest of
// each stays. One thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"

namespace sapa {

class TimerQueue {
 public:
  void push(Timestamp due, std::string_view customer_id) {
    entries_.push_back({due, std::string(customer_id)});
    std::push_heap(entries_.begin(), entries_.end(), later);
    if (entries_.size() >= compact_at_) compact();
  }
  Timestamp earliest() const { return entries_.empty() ? Timestamp::never() : entries_[0].due; }
  /// Precondition: not empty.
  std::string pop() {
    std::pop_heap(entries_.begin(), entries_.end(), later);
    std::string id = std::move(entries_.back().customer_id);
    entries_.pop_back();
    return id;
  }
  size_t size() const { return entries_.size(); }
  /// Goes up whenever entries other than a customer's soonest may have gone.
  uint32_t generation() const { return generation_; }

 private:
  struct Entry {
    Timestamp due;
    std::string customer_id;
  };
  /// Equal times in order of id, so that the same input gives the same order.
  static bool later(const Entry& a, const Entry& b) {
    return a.due != b.due ? a.due > b.due : a.customer_id > b.customer_id;
  }
  void compact() {
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return a.customer_id != b.customer_id ? a.customer_id < b.customer_id : a.due < b.due;
    });
    auto same = [](const Entry& a, const Entry& b) { return a.customer_id == b.customer_id; };
    entries_.erase(std::unique(entries_.begin(), entries_.end(), same), entries_.end());
    std::make_heap(entries_.begin(), entries_.end(), later);
    compact_at_ = std::max(kFewEntries, 2 * entries_.size());
    ++generation_;
  }

  static constexpr size_t kFewEntries = 64;
  std::vector<Entry> entries_;
  size_t compact_at_ = kFewEntries;
  uint32_t generation_ = 0;
};

}  // namespace sapa
