#include "connectors/embedded/log_writer.h"

#include <future>

#include <rocksdb/write_batch.h>

#include "connectors/embedded/retention.h"
#include "engine/base/hash.h"
#include "engine/customer/timer_key.h"

namespace sapa::embedded {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr size_t kGroupBytes = size_t{4} << 20;
constexpr size_t kMostWaitingBytes = size_t{64} << 20;

}  // namespace

/// What one write holds, and how far the log will be with it.
struct LogWriter::Group {
  rocksdb::WriteBatch batch;
  rocksdb::Status status;  ///< the first that was not OK
  LogEnds ends;
  Timestamp now;
  FeedEntries entries[kStreams];
  std::string key, value;  ///< scratch

  void put(rocksdb::ColumnFamilyHandle* family, std::string_view k, std::string_view v) {
    auto put = batch.Put(family, as_slice(k), as_slice(v));
    if (status.ok()) status = put;
  }
  void remove(rocksdb::ColumnFamilyHandle* family, std::string_view k) {
    auto removed = batch.Delete(family, as_slice(k));
    if (status.ok()) status = removed;
  }
};

LogWriter::LogWriter(const LogDatabase& log, LogProgress& progress, LogEnds ends,
                     WriterSettings settings, NewOutputs on_outputs,
                     std::function<void()> on_published)
    : log_(log),
      progress_(progress),
      settings_(std::move(settings)),
      on_outputs_(std::move(on_outputs)),
      on_published_(std::move(on_published)),
      ends_(std::move(ends)),
      next_sweep_(SteadyClock::now()),
      thread_([this] { run(); }) {}

LogWriter::~LogWriter() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LogWriter::append(std::vector<IncomingEvent> events, std::function<void(Status)> done) {
  Work work;
  for (const auto& event : events) work.bytes += 64 + event.customer_id.size() + event.value.size();
  work.events = std::move(events);
  work.done = std::move(done);
  {
    std::lock_guard lock(mutex_);
    if (waiting_bytes_ == 0 || waiting_bytes_ + work.bytes <= kMostWaitingBytes) {
      waiting_bytes_ += work.bytes;
      waiting_.push_back(std::move(work));
      changed_.notify_one();
      return;
    }
  }
  work.done(environment_error("too many events wait to be written; try again in a moment", true));
}

Status LogWriter::append_with(std::vector<IncomingEvent> events,
                              const std::vector<OutputRecord>& outputs) {
  Work work;
  work.events = std::move(events);
  work.outputs = &outputs;
  return write_and_wait(std::move(work));
}

Status LogWriter::commit(Epoch& epoch) {
  Work work;
  work.epoch = &epoch;
  work.bytes = epoch.bytes.bytes_used();
  return write_and_wait(std::move(work));
}

Status LogWriter::write_and_wait(Work work) {
  std::promise<Status> outcome;
  work.done = [&outcome](Status status) { outcome.set_value(std::move(status)); };
  {
    std::lock_guard lock(mutex_);
    waiting_bytes_ += work.bytes;
    waiting_.push_back(std::move(work));
    changed_.notify_one();
  }
  return outcome.get_future().get();
}

void LogWriter::run() {
  while (true) {
    std::vector<Work> works;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_until(lock, next_sweep_, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_ && waiting_.empty()) return;
      for (size_t bytes = 0; !waiting_.empty() && bytes < kGroupBytes; waiting_.pop_front()) {
        bytes += waiting_.front().bytes;
        waiting_bytes_ -= waiting_.front().bytes;
        works.push_back(std::move(waiting_.front()));
      }
    }
    if (!works.empty()) write(std::move(works));
    sweep_if_due();
  }
}

void LogWriter::add_events(const std::vector<IncomingEvent>& events, Group& group) const {
  for (const IncomingEvent& event : events) {
    int32_t partition = kafka_partition(event.customer_id, log_.partitions());
    int64_t offset = group.ends.events[static_cast<size_t>(partition)]++;
    group.value.clear();
    append_event({group.now, event.customer_id, event.value}, group.value);
    group.put(log_.events(), event_key(partition, offset), group.value);
  }
}

void LogWriter::add_epoch(Epoch& epoch, Group& group) const {
  for (ShardEpoch& shard : epoch.shards) {
    for (const CustomerChange& change : shard.changes) {
      group.key.clear();
      append_partition(shard.partition, group.key);
      group.key.append(change.customer_id);
      if (change.bytes.empty()) {
        group.remove(log_.customers(), group.key);
      } else {
        group.put(log_.customers(), group.key, change.bytes);
      }
      if (change.earlier_due == change.next_due) continue;
      for (Timestamp due : {change.earlier_due, change.next_due}) {
        if (due == Timestamp::never()) continue;
        group.key.resize(kPartitionBytes);
        append_timer_key(due, change.customer_id, group.key);
        if (due == change.next_due) {
          group.put(log_.timers(), group.key, {});
        } else {
          group.remove(log_.timers(), group.key);
        }
      }
    }
    for (const OutputRecord& record : shard.outputs) add_output(record, group);
    group.value.clear();
    append_big_endian(static_cast<uint64_t>(shard.next_offset), group.value);
    group.value.append(shard.meta);
    group.put(log_.small(), shard_key(shard.partition), group.value);
    shard.changelog_position = shard.next_offset;
  }
}

void LogWriter::add_output(const OutputRecord& record, Group& group) const {
  auto stream = static_cast<size_t>(record.stream);
  uint64_t seq = ++group.ends.outputs[stream];
  group.value.clear();
  append_output(record, group.now, group.value);
  group.put(log_.stream(record.stream), number_key(seq), group.value);
  if (record.stream == Stream::kDeadLetters) return;
  group.entries[stream].push_back(std::make_shared<const FeedEntry>(
      FeedEntry{seq, std::string(record.key), std::string(record.value), record.time}));
}

void LogWriter::write(std::vector<Work> works) {
  Group group;
  group.ends = ends_;
  group.now = progress_.begin_write(settings_.wall_clock());
  for (Work& work : works) {
    if (work.epoch) {
      add_epoch(*work.epoch, group);
    } else {
      add_events(work.events, group);
      if (work.outputs == nullptr) continue;
      for (const OutputRecord& record : *work.outputs) add_output(record, group);
    }
  }
  for (Stream stream : kAllStreams) {
    auto i = static_cast<size_t>(stream);
    if (group.ends.outputs[i] != ends_.outputs[i]) {
      group.put(log_.small(), last_seq_key(stream), number_key(group.ends.outputs[i]));
    }
  }
  if (group.status.ok()) group.status = may_write();
  rocksdb::WriteOptions options;
  options.sync = settings_.fsync;
  if (group.status.ok()) group.status = log_.db().Write(options, &group.batch);
  if (!group.status.ok()) return refuse(works, group.status);
  failure_.reset();
  bool has_outputs = group.ends.outputs != ends_.outputs;
  for (Stream stream : kAllStreams) {
    const auto& entries = group.entries[static_cast<size_t>(stream)];
    if (!entries.empty()) on_outputs_(stream, entries);
  }
  ends_ = std::move(group.ends);
  progress_.publish(ends_);
  for (Work& work : works) work.done({});
  if (has_outputs) on_published_();
}

rocksdb::Status LogWriter::may_write() const {
  // After a failed write RocksDB takes no more until it has gone on: by itself within seconds when
  // a full disk has room again, or told to. It then leaves the write-ahead log behind that may hold
  // a part of the failed batch: only so can that never come back.
  return failure_ ? log_.db().Resume() : rocksdb::Status::OK();
}

void LogWriter::refuse(const std::vector<Work>& works, const rocksdb::Status& status) {
  // Busy: it is on its way back, and what went wrong is still the reason.
  if (!failure_ || !status.IsBusy()) {
    failure_ = log_.error(status, "writing");
    if (status.subcode() != rocksdb::Status::kNoSpace) {
      failure_->message += ". If this stays so, restart the engine once the cause is gone";
    }
  }
  progress_.write_failed(failure_->message);
  for (const Work& work : works) work.done(*failure_);
}

void LogWriter::sweep_if_due() {
  if (SteadyClock::now() < next_sweep_) return;
  next_sweep_ = SteadyClock::now() + std::chrono::milliseconds(settings_.sweep_every.ms);
  // A failure shows in the next write as well, or passes.
  (void)drop_older_than(settings_.wall_clock() - settings_.keep, log_).ok();
}

}  // namespace sapa::embedded
