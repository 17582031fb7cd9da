// A shard's customers: the hot ones decoded in memory, all of them in the store. Which have changed
// since the last epoch is known here; those of epochs that are not committed yet stay in memory,
// since the store does not know them. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "engine/base/hash.h"
#include "engine/base/result.h"
#include "engine/customer/customer.h"
#include "engine/customer/customer_codec.h"
#include "engine/customer/store.h"
#include "engine/decision/decider.h"
#include "engine/ports/log.h"

namespace sapa {

/// What customers' records look like under a workspace.
RecordLayout record_layout(const Workspace& workspace);

/// A customer in memory, with what the table and the timers need to know of it.
struct HotCustomer {
  Customer customer;
  std::shared_ptr<const RecordLayout> layout;  ///< the one that it is decoded by
  uint64_t changed_in_epoch = 0;               ///< the last epoch that holds a change of it
  bool dirty = false;                          ///< changed in the epoch that is being worked on
  bool referenced = true;                      ///< used since the hand of the clock came by
  Timestamp stored_due =
      Timestamp::never();  ///< the timer index's entry, as of the last epoch taken
  Timestamp queued_due = Timestamp::never();  ///< an entry that the timer queue has, exactly
  /// The queue has an entry at or before this time, though it isn't known which; never() once one
  /// has been taken.
  Timestamp queued_before = Timestamp::never();
  uint32_t queue_generation = 0;  ///< of the timer queue when queued_due was put in
  size_t bytes = 0;
  size_t record_bytes_at_most = 0;
};

class CustomerTable {
 public:
  CustomerTable(CustomerStore& store, std::shared_ptr<const RecordLayout> layout,
                const Decider& decider, size_t budget_bytes);

  /// From now on customers are decoded by another workspace's layout: those in memory when they are
  /// next asked for, so that this takes no time however many there are. They keep what they would
  /// keep if they were read from the store. Precondition: nobody is dirty.
  void adopt(std::shared_ptr<const RecordLayout> layout, const Decider& decider);

  /// The customer, made if there is none. An Error only for a store that can't be read.
  Result<HotCustomer*> get(std::string_view id);
  /// The customer if there is one, else null.
  Result<HotCustomer*> find(std::string_view id);

  void mark_dirty(HotCustomer& hot) {
    if (hot.dirty) return;
    hot.dirty = true;
    dirty_.push_back(&hot);
  }

  /// Encodes every changed customer into the epoch and remembers that they belong to it.
  void take_changes(Epoch& epoch, ShardEpoch& into);

  /// Epochs up to this one are committed and applied to the store; then forgets the coldest while
  /// over budget.
  void committed(uint64_t epoch);

  size_t size() const { return by_id_.size(); }
  size_t bytes() const { return bytes_; }
  size_t dirty_count() const { return dirty_.size(); }
  bool over_budget() const { return bytes_ > budget_bytes_; }
  uint64_t take_hits() { return std::exchange(hits_, 0); }
  uint64_t take_misses() { return std::exchange(misses_, 0); }
  uint64_t take_evictions() { return std::exchange(evictions_, 0); }

 private:
  struct Hash {
    size_t operator()(std::string_view id) const { return hash64(id); }
  };

  Result<HotCustomer*> load(std::string_view id, bool create);
  Status renew(HotCustomer& hot);
  void evict();

  CustomerStore& store_;
  std::shared_ptr<const RecordLayout> layout_;  // never null
  const Decider* decider_;
  size_t budget_bytes_;
  uint64_t committed_epoch_ = 0;
  absl::flat_hash_map<std::string_view, std::unique_ptr<HotCustomer>, Hash, std::equal_to<>> by_id_;
  std::vector<HotCustomer*> ring_;  // in order of arrival; the clock's hand goes round
  size_t hand_ = 0;
  std::vector<HotCustomer*> dirty_;
  size_t bytes_ = 0;
  uint64_t hits_ = 0, misses_ = 0, evictions_ = 0;
  std::string scratch_;
};

}  // namespace sapa
