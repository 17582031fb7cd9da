// The changes that a store has taken but not yet written: for each customer the newest record, and
// which timer-index entry lies on disk for them. One thread, apart from bytes().
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/customer/store.h"

namespace sapa {

struct PendingCustomer {
  std::string bytes;  ///< empty: delete
  Timestamp next_due = Timestamp::never();
  Timestamp due_on_disk =
      Timestamp::never();  ///< the first change's earlier_due: later ones were never written
};

class PendingChanges {
 public:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Map = std::unordered_map<std::string, PendingCustomer, Hash, std::equal_to<>>;

  /// A timer, ordered by due time and then by customer, as the index on disk is.
  struct Timer {
    Timestamp due;
    std::string_view customer_id;  ///< the map's key
    friend auto operator<=>(const Timer&, const Timer&) = default;
  };

  void add(const StoredCustomer& change) {
    ++changes_;
    auto at = customers_.find(change.customer_id);
    size_t before = 0;
    if (at == customers_.end()) {
      at = customers_.emplace(std::string(change.customer_id), PendingCustomer{}).first;
      at->second.due_on_disk = change.earlier_due;
    } else {
      before = cost(at->first, at->second);
      if (at->second.next_due != change.next_due) timers_.erase({at->second.next_due, at->first});
    }
    PendingCustomer& customer = at->second;
    customer.bytes.assign(change.bytes);
    customer.next_due = change.next_due;
    if (change.next_due != Timestamp::never()) timers_.insert({change.next_due, at->first});
    bytes_.fetch_add(cost(at->first, customer) - before, std::memory_order_relaxed);
  }

  const PendingCustomer* find(std::string_view customer_id) const {
    auto at = customers_.find(customer_id);
    return at == customers_.end() ? nullptr : &at->second;
  }

  /// How many add() took since clear(), several of one customer included.
  size_t changes() const { return changes_; }

  void clear() {
    changes_ = 0;
    timers_.clear();
    customers_.clear();
    bytes_.store(0, std::memory_order_relaxed);
  }

  const Map& customers() const { return customers_; }
  const std::set<Timer>& timers() const { return timers_; }
  bool empty() const { return customers_.empty(); }
  /// What they take in memory, roughly. Any thread.
  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  static size_t cost(const std::string& id, const PendingCustomer& customer) {
    constexpr size_t kNodes = 160;
    return kNodes + id.size() + customer.bytes.capacity();
  }

  Map customers_;
  std::set<Timer> timers_;
  size_t changes_ = 0;
  std::atomic<size_t> bytes_ = 0;
};

}  // namespace sapa
