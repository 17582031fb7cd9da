#include "engine/customer/store_batch.h"

#include <algorithm>
#include <vector>

#include <rocksdb/write_batch.h>

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

rocksdb::Status write_batch(const StoreBatch& batch, rocksdb::DB& db,
                            const std::vector<rocksdb::ColumnFamilyHandle*>& families) {
  const auto family = [&](Family number) { return families[static_cast<size_t>(number)]; };
  rocksdb::WriteBatch out(batch.changes.bytes() + 1024);
  std::string position;
  append_big_endian(static_cast<uint64_t>(batch.position), position);
  const auto changes = batch.changes.in_order();
  auto* customers = family(Family::kCustomers);
  rocksdb::Status status = out.Put(customers, slice(kPositionKey), position);
  for (const PendingChanges::Change* change : changes) {
    if (!status.ok()) return status;
    const auto& [id, customer] = *change;
    status = customer.bytes.empty() ? out.Delete(customers, slice(id))
                                    : out.Put(customers, slice(id), slice(customer.bytes));
  }
  auto* timers = family(Family::kTimers);
  if (status.ok()) status = out.Put(timers, slice(kPositionKey), position);
  std::string key;
  for (const TimerChange& change : timer_changes(changes)) {
    if (!status.ok()) return status;
    key.clear();
    append_timer_key(change.timer.due, change.timer.customer_id, key);
    status = change.is_new ? out.Put(timers, key, "") : out.Delete(timers, key);
  }
  auto* meta = family(Family::kMeta);
  if (status.ok()) status = out.Put(meta, "format", kStoreFormat);
  if (status.ok()) status = out.Put(meta, "meta", batch.meta);
  if (status.ok()) status = out.Put(meta, "position", position);
  if (status.ok()) {
    status = batch.restoring ? out.Put(meta, "restoring", "") : out.Delete(meta, "restoring");
  }
  if (!status.ok()) return status;
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  return db.Write(options, &out);
}

}  // namespace sapa
