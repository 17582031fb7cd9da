#include "engine/runtime/customer_table.h"

#include <algorithm>
#include <cassert>

namespace sapa {
RecordLayout record_layout(const Workspace& workspace) {
  RecordLayout layout;
  for (const Metric& metric : workspace.metrics) {
    layout.metrics.push_back({metric.fingerprint, metric.shape});
  }
  for (const Segment& segment : workspace.segments) layout.kept.push_back(segment.fingerprint);
  for (const LifecycleStage& stage : workspace.lifecycle.stages) {
    layout.kept.push_back(stage.fingerprint);
  }
  for (const Campaign& campaign : workspace.campaigns) layout.kept.push_back(campaign.fingerprint);
  std::sort(layout.kept.begin(), layout.kept.end());
  return layout;
}

CustomerTable::CustomerTable(CustomerStore& store, std::shared_ptr<const RecordLayout> layout,
                             const Decider& decider, size_t budget_bytes)
    : store_(store), layout_(std::move(layout)), decider_(&decider), budget_bytes_(budget_bytes) {}

void CustomerTable::adopt(std::shared_ptr<const RecordLayout> layout, const Decider& decider) {
  assert(dirty_.empty());
  layout_ = std::move(layout);
  decider_ = &decider;
  ++rules_number_;
  discard();
}

Result<HotCustomer*> CustomerTable::get(std::string_view id) { return load(id, true); }
Result<HotCustomer*> CustomerTable::find(std::string_view id) { return load(id, false); }

/// Finds out when the record's earliest timer is due by the present workspace.
Status CustomerTable::renew(HotCustomer& hot) {
  auto customer = open(hot);
  if (!customer) return customer.error();
  if (!hot.record().empty()) hot.next_due = decider_->next_due(**customer);
  hot.rules_number = rules_number_;
  return {};
}

Result<HotCustomer*> CustomerTable::load(std::string_view id, bool create) {
  if (HotCustomer* hot = index_.find(id)) {
    ++hits_;
    hot->referenced = true;
    if (hot->rules_number != rules_number_) {
      if (Status renewed = renew(*hot); !renewed) return renewed.error();
    }
    return hot;
  }
  ++misses_;
  auto found = store_.get(id, scratch_);
  if (!found) return found.error();
  if (!*found && !create) return static_cast<HotCustomer*>(nullptr);
  auto hot = std::make_unique<HotCustomer>(id);
  if (*found) hot->set_record(scratch_);
  if (Status renewed = renew(*hot); !renewed) {
    discard();
    return renewed.error();
  }
  hot->stored_due = hot->queued_before = hot->next_due;
  bytes_ += hot->memory_bytes();
  ring_.push_back(index_.insert(std::move(hot)));
  return ring_.back();
}

WrittenBy CustomerTable::writer_of(const HotCustomer& hot) const {
  return hot.written_by == rules_number_ ? WrittenBy::kThisWorkspace : WrittenBy::kAnyWorkspace;
}

Result<Customer*> CustomerTable::open(HotCustomer& hot) {
  if (open_ == &hot) return &customer_;
  open_ = nullptr;
  if (hot.record().empty()) {
    customer_.clear();
  } else if (!decode_customer(hot.record(), *layout_, customer_, writer_of(hot))) {
    return store_.damaged("the record of customer '" + std::string(hot.id()) +
                          "' can't be read: it is damaged, or of another version of sapa");
  }
  customer_.id = hot.id();
  decider_->adopt(customer_);
  if (hot.rules_number == rules_number_) {
    customer_.due_when_opened = {hot.next_due, customer_.reevaluate_at};
  }
  open_ = &hot;
  return &customer_;
}

bool CustomerTable::save(HotCustomer& hot, size_t most_bytes) {
  assert(open_ == &hot);
  scratch_.clear();
  encode_customer(customer_, *layout_, scratch_);
  if (scratch_.size() > most_bytes && scratch_.size() > hot.record().size()) return false;
  hot.next_due = decider_->next_due(customer_);
  bytes_ -= hot.memory_bytes();
  hot.set_record(scratch_);  // what customer_ has not looked at yet pointed there
  discard();
  hot.written_by = rules_number_;
  bytes_ += hot.memory_bytes();
  if (!hot.dirty) {
    hot.dirty = true;
    dirty_.push_back(&hot);
  }
  return true;
}

void CustomerTable::take_changes(Epoch& epoch, ShardEpoch& into) {
  into.changes.reserve(dirty_.size());
  for (HotCustomer* hot : dirty_) {
    into.changes.push_back({epoch.bytes.copy(hot->id()), epoch.bytes.copy(hot->record()),
                            hot->next_due, hot->stored_due});
    hot->stored_due = hot->next_due;
    hot->dirty = false;
    hot->changed_in_epoch = epoch.number;
  }
  if (dirty_.empty()) return;
  taken_count_ += dirty_.size();
  taken_.emplace_back(epoch.number, std::exchange(dirty_, {}));
}

void CustomerTable::committed(uint64_t epoch) {
  committed_epoch_ = epoch;
  while (!taken_.empty() && taken_.front().first <= epoch) {
    taken_count_ -= taken_.front().second.size();
    taken_.pop_front();
  }
  if (over_budget()) evict();
}

/// Second chance: the hand goes round, spares what has been used since it last came by, and what
/// the store doesn't know yet.
void CustomerTable::evict() {
  size_t target = budget_bytes_ - budget_bytes_ / 16;
  size_t looked_at = 0, most = ring_.size() * 2;
  while (bytes_ > target && looked_at++ < most && !ring_.empty()) {
    if (hand_ >= ring_.size()) hand_ = 0;
    HotCustomer* hot = ring_[hand_];
    if (hot->dirty || hot->crowded || hot->changed_in_epoch > committed_epoch_) {
      ++hand_;
    } else if (hot->referenced) {
      hot->referenced = false;
      ++hand_;
    } else {
      bytes_ -= hot->memory_bytes();
      ring_[hand_] = ring_.back();
      ring_.pop_back();
      ++evictions_;
      if (open_ == hot) discard();
      index_.erase(*hot);
    }
  }
}

}  // namespace sapa
