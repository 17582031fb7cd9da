// A shard's customers: the hot ones in memory, all of them in the store. Which have changed since
// the last epoch is known here; those of epochs that are not committed yet stay in memory, since
// the store does not know them. One customer at a time is open, decoded; what is done to it counts
// once it is saved. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/customer/customer.h"
#include "engine/customer/customer_codec.h"
#include "engine/customer/store.h"
#include "engine/decision/decider.h"
#include "engine/ports/log.h"
#include "engine/runtime/customer_index.h"

namespace sapa {

/// What customers' records look like under a workspace.
RecordLayout record_layout(const Workspace& workspace);

class CustomerTable {
 public:
  CustomerTable(CustomerStore& store, std::shared_ptr<const RecordLayout> layout,
                const Decider& decider, size_t budget_bytes);

  /// From now on customers are decoded by another workspace's layout, as after a restart; this
  /// takes no time however many there are. Precondition: nobody is dirty.
  void adopt(std::shared_ptr<const RecordLayout> layout, const Decider& decider);

  /// The customer, made if there is none. An Error only for a store that can't be read.
  Result<HotCustomer*> get(std::string_view id);
  /// The customer if there is one, else null.
  Result<HotCustomer*> find(std::string_view id);

  /// To prefetch whose records come soon.
  const CustomerIndex<>& index() const { return index_; }

  /// The customer's record, decoded; until it is saved or another is opened.
  Result<Customer*> open(HotCustomer& hot);
  /// Keeps what has been done to the open customer, and counts it as changed. False, and nothing is
  /// kept, if the record would grow beyond `most_bytes`. (One that is too large already, since the
  /// limit is new, may shrink.)
  bool save(HotCustomer& hot, size_t most_bytes);
  /// Forgets what has been done to the open customer since it was opened or saved.
  void discard() { open_ = nullptr; }

  /// Puts every changed customer into the epoch and remembers that they belong to it.
  void take_changes(Epoch& epoch, ShardEpoch& into);

  /// Visits everyone whom the store does not know as they are; someone twice, perhaps.
  template <typename Visit>
  void for_each_uncommitted(Visit&& visit) {
    for (const auto& [epoch, customers] : taken_) {
      for (HotCustomer* hot : customers) visit(*hot);
    }
    for (HotCustomer* hot : dirty_) visit(*hot);
  }
  size_t uncommitted_count() const { return taken_count_ + dirty_.size(); }

  /// Epochs up to this one are committed and applied to the store; then forgets the coldest while
  /// over budget.
  void committed(uint64_t epoch);

  size_t size() const { return index_.size(); }
  size_t bytes() const { return bytes_; }
  size_t dirty_count() const { return dirty_.size(); }
  bool over_budget() const { return bytes_ > budget_bytes_; }
  uint64_t take_hits() { return std::exchange(hits_, 0); }
  uint64_t take_misses() { return std::exchange(misses_, 0); }
  uint64_t take_evictions() { return std::exchange(evictions_, 0); }

 private:
  Result<HotCustomer*> load(std::string_view id, bool create);
  Status renew(HotCustomer& hot);
  WrittenBy writer_of(const HotCustomer& hot) const;
  void evict();

  CustomerStore& store_;
  std::shared_ptr<const RecordLayout> layout_;  // never null
  const Decider* decider_;
  uint32_t rules_number_ = 1;  // goes up with each workspace
  size_t budget_bytes_;
  uint64_t committed_epoch_ = 0;
  CustomerIndex<> index_;
  std::vector<HotCustomer*> ring_;  // in order of arrival; the clock's hand goes round
  size_t hand_ = 0;
  std::vector<HotCustomer*> dirty_;
  /// By epoch, those of the epochs that are not committed yet, with how many they are.
  std::deque<std::pair<uint64_t, std::vector<HotCustomer*>>> taken_;
  size_t taken_count_ = 0;
  const HotCustomer* open_ = nullptr;
  Customer customer_;  // of open_; else anything, kept for its memory
  size_t bytes_ = 0;
  uint64_t hits_ = 0, misses_ = 0, evictions_ = 0;
  std::string scratch_;
};

}  // namespace sapa
