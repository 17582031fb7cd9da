#include "engine/customer/store_batch.h"

#include <algorithm>
#include <vector>

#include "engine/customer/timer_key.h"

namespace sapa {
namespace {

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

struct TimerChange {
  StoredTimer timer;
  bool is_new;
};

/// A customer's old and new entry are not due at the same time, so no key comes twice.
std::vector<TimerChange> timer_changes(const std::vector<const PendingChanges::Change*>& changes) {
  std::vector<TimerChange> timers;
  for (const PendingChanges::Change* change : changes) {
    const auto& [id, customer] = *change;
    if (customer.due_on_disk == customer.next_due) continue;
    if (customer.due_on_disk != Timestamp::never()) {
      timers.push_back({{customer.due_on_disk, id}, false});
    }
    if (customer.next_due != Timestamp::never()) timers.push_back({{customer.next_due, id}, true});
  }
  std::sort(timers.begin(), timers.end(),
            [](const TimerChange& a, const TimerChange& b) { return a.timer < b.timer; });
  return timers;
}

}  // namespace

std::string position_bytes(int64_t position) {
  std::string bytes;
  append_big_endian(static_cast<uint64_t>(position), bytes);
  return bytes;
}

rocksdb::Status write_entries(const StoreBatch& batch, EntrySink& sink) {
  const std::string position = position_bytes(batch.position);
  const auto changes = batch.changes.in_order();
  rocksdb::Status status = sink.put(Family::kCustomers, slice(kFirstKey), position);
  for (size_t i = 0; i < changes.size(); ++i) {
    if (!status.ok()) return status;
    // They lie anywhere in memory. First where a change says where its bytes are, then these.
    if (i + 8 < changes.size()) __builtin_prefetch(changes[i + 8]);
    if (i + 4 < changes.size()) {
      __builtin_prefetch(changes[i + 4]->first.data());
      __builtin_prefetch(changes[i + 4]->second.bytes.data());
    }
    const auto& [id, customer] = *changes[i];
    status = customer.bytes.empty()
                 ? sink.remove(Family::kCustomers, slice(id))
                 : sink.put(Family::kCustomers, slice(id), slice(customer.bytes));
  }
  if (status.ok()) status = sink.put(Family::kCustomers, slice(kLastKey), position);
  if (status.ok()) status = sink.put(Family::kTimers, slice(kFirstKey), position);
  std::string key;
  for (const TimerChange& change : timer_changes(changes)) {
    if (!status.ok()) return status;
    key.clear();
    append_timer_key(change.timer.due, change.timer.customer_id, key);
    status = change.is_new ? sink.put(Family::kTimers, key, "") : sink.remove(Family::kTimers, key);
  }
  if (status.ok()) status = sink.put(Family::kTimers, slice(kLastKey), position);
  if (status.ok()) status = sink.put(Family::kMeta, "format", kStoreFormat);
  if (status.ok()) status = sink.put(Family::kMeta, "meta", batch.meta);
  if (status.ok()) status = sink.put(Family::kMeta, "position", position);
  if (!status.ok()) return status;
  return batch.restoring ? sink.put(Family::kMeta, "restoring", "")
                         : sink.remove(Family::kMeta, "restoring");
}

}  // namespace sapa
