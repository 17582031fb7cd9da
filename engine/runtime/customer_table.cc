#include "engine/runtime/customer_table.h"

#include <algorithm>
#include <cassert>

namespace sapa {
namespace {

/// Of the hash table and the ring, per customer.
constexpr size_t kOverheadBytes = 48 + sizeof(HotCustomer) - sizeof(Customer);

}  // namespace

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
}

/// By way of its bytes, as a restart would do it.
Status CustomerTable::renew(HotCustomer& hot) {
  if (*hot.layout != *layout_) {
    scratch_.clear();
    encode_customer(hot.customer, *hot.layout, scratch_);
    // In place: others hold on to the customer and to its id.
    std::string id = std::move(hot.customer.id);
    hot.customer = Customer();
    bool decoded = decode_customer(scratch_, *layout_, hot.customer);
    hot.customer.id = std::move(id);
    if (!decoded) {
      return internal_error("customer '" + hot.customer.id + "' can't be taken over by the new " +
                            "workspace");
    }
  }
  decider_->adopt(hot.customer);
  hot.layout = layout_;
  size_t bytes = hot.customer.memory_bytes() + kOverheadBytes;
  bytes_ += bytes - hot.bytes;
  hot.bytes = bytes;
  return {};
}

Result<HotCustomer*> CustomerTable::get(std::string_view id) { return load(id, true); }
Result<HotCustomer*> CustomerTable::find(std::string_view id) { return load(id, false); }

Result<HotCustomer*> CustomerTable::load(std::string_view id, bool create) {
  if (auto it = by_id_.find(id); it != by_id_.end()) {
    ++hits_;
    HotCustomer& hot = *it->second;
    hot.referenced = true;
    if (hot.layout != layout_) {
      if (Status renewed = renew(hot); !renewed) return renewed.error();
    }
    return &hot;
  }
  ++misses_;
  auto found = store_.get(id, scratch_);
  if (!found) return found.error();
  if (!*found && !create) return static_cast<HotCustomer*>(nullptr);
  auto hot = std::make_unique<HotCustomer>();
  Customer& customer = hot->customer;
  if (*found && !decode_customer(scratch_, *layout_, customer)) {
    return store_.damaged("the record of customer '" + std::string(id) +
                          "' can't be read: it is damaged, or of a later version of sapa");
  }
  customer.id = id;
  hot->layout = layout_;
  decider_->adopt(customer);
  if (*found) hot->stored_due = hot->queued_before = decider_->next_due(customer);
  hot->bytes = customer.memory_bytes() + kOverheadBytes;
  hot->record_bytes_at_most = *found ? scratch_.size() : 0;
  bytes_ += hot->bytes;
  HotCustomer* raw = hot.get();
  ring_.push_back(raw);
  by_id_.emplace(std::string_view(raw->customer.id), std::move(hot));
  return raw;
}

void CustomerTable::take_changes(Epoch& epoch, ShardEpoch& into) {
  into.changes.reserve(dirty_.size());
  for (HotCustomer* hot : dirty_) {
    scratch_.clear();
    encode_customer(hot->customer, *layout_, scratch_);
    Timestamp due = decider_->next_due(hot->customer);
    into.changes.push_back(
        {epoch.bytes.copy(hot->customer.id), epoch.bytes.copy(scratch_), due, hot->stored_due});
    hot->stored_due = due;
    hot->dirty = false;
    hot->changed_in_epoch = epoch.number;
    size_t bytes = hot->customer.memory_bytes() + kOverheadBytes;
    bytes_ += bytes - hot->bytes;
    hot->bytes = bytes;
    hot->record_bytes_at_most = scratch_.size();
  }
  dirty_.clear();
}

void CustomerTable::committed(uint64_t epoch) {
  committed_epoch_ = epoch;
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
    if (hot->dirty || hot->changed_in_epoch > committed_epoch_) {
      ++hand_;
    } else if (hot->referenced) {
      hot->referenced = false;
      ++hand_;
    } else {
      bytes_ -= hot->bytes;
      ring_[hand_] = ring_.back();
      ring_.pop_back();
      ++evictions_;
      auto it = by_id_.find(hot->customer.id);
      by_id_.erase(it);
    }
  }
}

}  // namespace sapa
