// The changes that a store has taken but not yet written: for each customer the newest record, and
// which timer-index entry lies on disk for them. One thread, apart from bytes().
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "engine/base/arena.h"
#include "engine/base/hash.h"
#include "engine/customer/store.h"

namespace sapa {

struct PendingCustomer {
  std::string_view bytes;  ///< empty: delete
  Timestamp next_due = Timestamp::never();
  /// The first change's earlier_due: later ones were never written.
  Timestamp due_on_disk = Timestamp::never();
};

class PendingChanges {
 public:
  struct Hash {
    size_t operator()(std::string_view id) const { return hash64(id); }
  };
  using Map = absl::flat_hash_map<std::string_view, PendingCustomer, Hash>;
  using Change = Map::value_type;

  void add(const StoredCustomer& change) {
    ++changes_;
    auto at = customers_.find(change.customer_id);
    if (at == customers_.end()) {
      at = customers_.try_emplace(memory_.copy(change.customer_id)).first;
      at->second.due_on_disk = change.earlier_due;
    }
    at->second.bytes = replace(at->second.bytes, change.bytes);
    at->second.next_due = change.next_due;
    bytes_.store(memory_.bytes_used() + customers_.size() * kInTheMap, std::memory_order_relaxed);
  }

  /// Valid until the next add().
  const PendingCustomer* find(std::string_view customer_id) const {
    auto at = customers_.find(customer_id);
    return at == customers_.end() ? nullptr : &at->second;
  }

  /// How many add() took since clear(), several of one customer included.
  size_t changes() const { return changes_; }

  void clear() {
    changes_ = 0;
    // A large table gives its memory back when it is cleared; grown step by step, the next one
    // would put each customer in several times.
    const size_t as_many = customers_.size();
    customers_.clear();
    customers_.reserve(as_many);
    memory_.reset();
    bytes_.store(0, std::memory_order_relaxed);
  }

  const Map& customers() const { return customers_; }
  /// By customer, in order of their ids' bytes. Valid until the next add().
  std::vector<const Change*> in_order() const;
  /// Those from `from` on, as a heap whose front is the soonest. Valid until the next add().
  std::vector<StoredTimer> timers_from(const StoredTimer& from) const {
    std::vector<StoredTimer> found;
    for (const auto& [id, customer] : customers_) {
      const StoredTimer timer{customer.next_due, id};
      if (timer.due != Timestamp::never() && timer >= from) found.push_back(timer);
    }
    std::make_heap(found.begin(), found.end(), std::greater<>());
    return found;
  }
  bool empty() const { return customers_.empty(); }
  /// What they take in memory, roughly. Any thread.
  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kInTheMap = sizeof(Change) * 3 / 2;

  std::string_view replace(std::string_view old, std::string_view bytes) {
    if (bytes.size() > old.size()) return memory_.copy(bytes);
    if (!bytes.empty()) {
      std::memcpy(const_cast<char*>(old.data()), bytes.data(), bytes.size());
    }
    return old.substr(0, bytes.size());
  }

  Map customers_;  // into memory_
  Arena memory_{64 << 10};
  size_t changes_ = 0;
  std::atomic<size_t> bytes_ = 0;
};

}  // namespace sapa
