#include "tests/simulation/straight_run.h"

#include "engine/customer/memory_store.h"
#include "tests/simulation/workload.h"

namespace sapa::simulation {

ShardOptions shard_options(ClockMode mode, size_t cache_bytes) {
  ShardOptions options;
  options.clock = mode;
  options.cache_bytes = cache_bytes;
  options.input_name = "events";
  return options;
}

StraightShard::StraightShard(int32_t partition, ClockMode mode)
    : partition_(partition), epoch_(std::make_unique<Epoch>()) {
  shard_ =
      std::make_unique<Shard>(partition, 0, workspace_for(mode, 0), std::make_unique<MemoryStore>(),
                              shard_options(mode, size_t{1} << 30));
  epoch_->number = 1;
}

Status StraightShard::read(int64_t offset, const InputEntry& entry) {
  Status read = put(offset, entry, Timestamp{0});
  // A late event's timer may be due at once; a worker fires it before it commits.
  return read ? shard_->fire_timers(Timestamp{0}, *epoch_) : read;
}

Status StraightShard::put(int64_t offset, const InputEntry& entry, Timestamp wall) {
  InputItem item;
  item.partition = partition_;
  item.offset = offset;
  item.record.key = entry.key;
  item.record.value = entry.value;
  item.record.received = entry.received;
  return shard_->on_record(item, wall, *epoch_);
}

Status StraightShard::check_nothing_skipped(int64_t to, const SimLog& log) const {
  for (int64_t offset = shard_->next_offset(); offset < to; ++offset) {
    if (log.input(partition_, offset).marker) continue;
    return internal_error("the record at offset " + std::to_string(offset) + " was left out");
  }
  return {};
}

Status StraightShard::hear(const Told& told, const SimLog& log) {
  switch (told.kind) {
    case Told::Kind::kRecord:
      if (Status ok = check_nothing_skipped(told.offset, log); !ok) return ok;
      return put(told.offset, log.input(partition_, told.offset), told.time);
    case Told::Kind::kReadTo:
      if (Status ok = check_nothing_skipped(told.offset, log); !ok) return ok;
      shard_->on_read_to(told.offset);
      return {};
    case Told::Kind::kEnd:
      shard_->on_end(told.offset, told.time);
      return {};
    case Told::Kind::kFireTimers:
      return shard_->fire_timers(told.time, *epoch_);
    case Told::Kind::kRules:
      shard_->adopt(*told.rules);
      return {};
  }
  return {};
}

Result<Done> StraightShard::take() {
  Done done;
  if (!shard_->take(*epoch_)) return done;
  ShardEpoch& part = epoch_->shards[0];
  for (const OutputRecord& output : part.outputs) done.outputs.push_back(output_text(output));
  for (const CustomerChange& change : part.changes) {
    done.changes.emplace(change.customer_id, change.bytes);
  }
  done.meta = part.meta;
  part.changelog_position = static_cast<int64_t>(epoch_->number);
  if (Status taken = shard_->committed(epoch_->number, part); !taken) return taken.error();
  auto next = std::make_unique<Epoch>();
  next->number = epoch_->number + 1;
  epoch_ = std::move(next);
  return done;
}

std::vector<std::string> StraightShard::take_outputs() {
  std::vector<std::string> texts;
  for (const OutputRecord& output : shard_->take_outputs()) texts.push_back(output_text(output));
  return texts;
}

}  // namespace sapa::simulation
