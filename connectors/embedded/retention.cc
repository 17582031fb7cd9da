#include "connectors/embedded/retention.h"

#include <functional>

#include <rocksdb/convenience.h>

#include "engine/customer/timer_key.h"

namespace sapa::embedded {
namespace {

/// Numbered entries under one prefix, whose time of storage rises with their number.
struct Numbered {
  rocksdb::ColumnFamilyHandle* family;
  std::string prefix;
  uint64_t end;  ///< entries from here on are kept anyway
  bool (*time_of)(std::string_view value, Timestamp& time);

  std::string key(uint64_t number) const {
    std::string out = prefix;
    append_big_endian(number, out);
    return out;
  }
};

/// The number of the entry at the iterator; false if it is none of `entries` that may be dropped.
bool number_at(const rocksdb::Iterator& at, const Numbered& entries, uint64_t& number) {
  if (!at.Valid() || !at.key().starts_with(entries.prefix) ||
      at.key().size() != entries.prefix.size() + 8) {
    return false;
  }
  number = read_big_endian(as_view(at.key()).substr(entries.prefix.size()));
  return number < entries.end;
}

Status drop_front(const Numbered& entries, Timestamp oldest_kept, const LogDatabase& log) {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> at(log.db().NewIterator(options, entries.family));
  uint64_t first = 0, number = 0;
  at->Seek(entries.key(0));
  if (!number_at(*at, entries, first)) {
    if (!at->status().ok()) return log.error(at->status(), "looking for old entries");
    return {};
  }
  uint64_t low = first, high = entries.end;
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    at->Seek(entries.key(middle));
    Timestamp stored;
    bool is_old = number_at(*at, entries, number) &&
                  entries.time_of(as_view(at->value()), stored) && stored < oldest_kept;
    if (!at->status().ok()) return log.error(at->status(), "looking for old entries");
    if (is_old) {
      low = number + 1;
    } else {
      high = middle;
    }
  }
  if (low == first) return {};
  std::string from = entries.key(first), to = entries.key(low);
  // Whole files go at once; what lies in files that also hold newer entries goes with the next
  // compaction.
  rocksdb::Slice begin(from), end(to);
  auto status = rocksdb::DeleteFilesInRange(&log.db(), entries.family, &begin, &end, false);
  if (status.ok()) status = log.db().DeleteRange({}, entries.family, begin, end);
  if (!status.ok()) return log.error(status, "dropping old entries");
  return {};
}

bool time_of_event(std::string_view value, Timestamp& time) {
  StoredEvent event;
  if (!read_event(value, event)) return false;
  time = event.received;
  return true;
}

bool time_of_output(std::string_view value, Timestamp& time) {
  StoredOutput output;
  if (!read_output(value, output)) return false;
  time = output.stored;
  return true;
}

}  // namespace

Status drop_older_than(Timestamp oldest_kept, const LogDatabase& log) {
  for (int32_t partition = 0; partition < log.partitions(); ++partition) {
    auto shard = log.committed(partition);
    if (!shard.ok()) return shard.error();
    std::string prefix;
    append_partition(partition, prefix);
    auto dropped =
        drop_front({log.events(), prefix, static_cast<uint64_t>(shard->next_offset), time_of_event},
                   oldest_kept, log);
    if (!dropped.ok()) return dropped;
  }
  for (Stream stream : kAllStreams) {
    auto last = log.last_seq(stream);
    if (!last.ok()) return last.error();
    auto dropped =
        drop_front({log.stream(stream), "", *last + 1, time_of_output}, oldest_kept, log);
    if (!dropped.ok()) return dropped;
  }
  return {};
}

}  // namespace sapa::embedded
