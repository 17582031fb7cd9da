// When which customer has a timer due, soonest first: those before a horizon, beyond which the
// store's index is to be asked. Derived from the customers' records: an entry may be stale (put off
// or cancelled meanwhile), so whoever takes one asks the customer. When it has grown too large it
// keeps only the soonest entry of each customer, or draws the horizon nearer. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/time.h"
#include "engine/customer/store.h"

namespace sapa {

class TimerQueue {
 public:
  /// About so many entries are kept; at least 1.
  explicit TimerQueue(size_t window) : window_(window) {}

  /// In the order of timers: the queue has what comes before, and only what it alone knows behind.
  /// At first it is the beginning of time; never() if there is nothing behind it.
  StoredTimer horizon() const { return horizon_.timer(); }
  bool covers(Timestamp due, std::string_view customer_id) const {
    return StoredTimer{due, customer_id} < horizon_.timer();
  }

  /// `only_here`: the store's index may not have it, so that it must stay, wherever it lies. Other
  /// entries belong before the horizon.
  void push(Timestamp due, std::string_view customer_id, bool only_here = false) {
    load({due, customer_id}, only_here);
    if (entries_.size() >= shrink_at_) shrink();
  }

  /// What lies between the horizon and the next one is put in with load(), then the horizon is
  /// moved there. `window`: from now on.
  void load(const StoredTimer& timer, bool only_here = false) {
    entries_.push_back({timer.due, std::string(timer.customer_id), only_here});
    std::push_heap(entries_.begin(), entries_.end(), later);
  }
  void move_horizon(const StoredTimer& to, size_t window) {
    horizon_ = {to.due, std::string(to.customer_id)};
    window_ = window;
    shrink_at_ = std::max(kFewEntries, 2 * entries_.size());
  }

  /// No timer is due before it, here or behind the horizon.
  Timestamp earliest() const {
    return entries_.empty() ? horizon_.due : std::min(entries_[0].due, horizon_.due);
  }
  /// Whether the soonest timer is in the queue; else it lies behind the horizon.
  bool has_soonest() const {
    return !entries_.empty() && covers(entries_[0].due, entries_[0].customer_id);
  }
  /// Precondition: has_soonest().
  std::string pop() {
    std::pop_heap(entries_.begin(), entries_.end(), later);
    std::string id = std::move(entries_.back().customer_id);
    entries_.pop_back();
    return id;
  }
  size_t size() const { return entries_.size(); }

  /// Goes up whenever entries other than a customer's soonest may have gone.
  uint32_t generation() const { return generation_; }
  /// The latest generation with which a customer's soonest may have gone, too.
  uint32_t cut_generation() const { return cut_generation_; }

 private:
  struct Entry {
    Timestamp due = Timestamp::beginning();
    std::string customer_id;
    bool only_here = false;
    StoredTimer timer() const { return {due, customer_id}; }
  };
  /// Equal times in order of id, so that the same input gives the same order.
  static bool later(const Entry& a, const Entry& b) { return a.timer() > b.timer(); }

  void shrink() {
    ++generation_;
    if (entries_.size() > 2 * window_) {
      cut();
    } else {
      keep_soonest();
    }
    std::make_heap(entries_.begin(), entries_.end(), later);
    shrink_at_ = std::max(kFewEntries, 2 * entries_.size());
  }
  void keep_soonest() {
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return a.customer_id != b.customer_id ? a.customer_id < b.customer_id : a.due < b.due;
    });
    auto same = [](const Entry& a, const Entry& b) { return a.customer_id == b.customer_id; };
    entries_.erase(std::unique(entries_.begin(), entries_.end(), same), entries_.end());
  }
  void cut() {
    cut_generation_ = generation_;
    const auto first_out = entries_.begin() + static_cast<ptrdiff_t>(window_);
    std::nth_element(entries_.begin(), first_out, entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.timer() < b.timer(); });
    if (!covers(first_out->due, first_out->customer_id)) return;
    horizon_ = {first_out->due, first_out->customer_id};
    entries_.erase(
        std::remove_if(first_out, entries_.end(), [](const Entry& e) { return !e.only_here; }),
        entries_.end());
  }

  static constexpr size_t kFewEntries = 64;
  std::vector<Entry> entries_;
  Entry horizon_;  // its place is what counts
  size_t window_;
  size_t shrink_at_ = kFewEntries;
  uint32_t generation_ = 0;
  uint32_t cut_generation_ = 0;
};

}  // namespace sapa
