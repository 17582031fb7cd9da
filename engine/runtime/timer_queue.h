// When which customer has a timer due, soonest first. Derived from the customers' records: an entry may be stale (put off or cancelled
// meanwhile), so whoever takes one asks the customer. One thread.
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

 private:
  struct Entry {
    Timestamp due;
    std::string customer_id;
  };
  /// Equal times in order of id, so that the same input gives the same order.
  static bool later(const Entry& a, const Entry& b) {
    return a.due != b.due ? a.due > b.due : a.customer_id > b.customer_id;
  }
  std::vector<Entry> entries_;
};

}  // namespace sapa
