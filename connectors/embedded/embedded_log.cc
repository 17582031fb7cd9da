#include "connectors/embedded/embedded_log.h"

#include <algorithm>
#include <chrono>
#include <future>

#include "connectors/embedded/embedded_connection.h"
#include "connectors/embedded/embedded_log_state.h"
#include "connectors/embedded/embedded_store.h"
#include "engine/base/hash.h"
#include "engine/customer/timer_key.h"

namespace sapa {
namespace {

using embedded::kAllStreams;
using embedded::LogDatabase;
using embedded::LogEnds;

Timestamp system_clock() {
  auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

Result<LogEnds> read_ends(const LogDatabase& log) {
  LogEnds ends;
  for (int32_t partition = 0; partition < log.partitions(); ++partition) {
    auto end = log.end_of_events(partition);
    if (!end.ok()) return end.error();
    ends.events.push_back(*end);
  }
  for (Stream stream : kAllStreams) {
    auto last = log.last_seq(stream);
    if (!last.ok()) return last.error();
    ends.outputs[static_cast<size_t>(stream)] = *last;
  }
  return ends;
}

/// Takes the subscriber out of the list when the handle goes.
struct Subscription {
  std::weak_ptr<EmbeddedLog> log;
  std::function<void()> leave;
  ~Subscription() {
    if (auto alive = log.lock()) leave();
  }
};

}  // namespace

EmbeddedLog::EmbeddedLog(std::unique_ptr<State> state) : state_(std::move(state)) {}

EmbeddedLog::~EmbeddedLog() { state_->writer.reset(); }

Result<std::shared_ptr<EmbeddedLog>> EmbeddedLog::open(std::shared_ptr<RocksResources> resources,
                                                       const std::string& folder,
                                                       EmbeddedSettings settings) {
  auto mode = settings.fsync ? LogDatabase::Mode::kSynced : LogDatabase::Mode::kUnsynced;
  auto log = LogDatabase::open(std::move(resources), folder, settings.partitions, mode);
  if (!log.ok()) return log.error();
  auto ends = read_ends(**log);
  if (!ends.ok()) return ends.error();
  auto state = std::make_unique<State>();
  state->log = std::move(*log);
  state->progress = std::make_unique<embedded::LogProgress>(*ends);
  state->wall_clock = settings.wall_clock ? settings.wall_clock : system_clock;
  auto tell_subscribers = [s = state.get()] {
    std::lock_guard lock(s->subscribers_mutex);
    for (auto& [number, on_new] : s->subscribers) on_new();
  };
  auto remember = [s = state.get()](Stream stream, const FeedEntries& entries) {
    s->recent[static_cast<size_t>(stream)].add(entries);
  };
  state->writer = std::make_unique<embedded::LogWriter>(
      *state->log, *state->progress, *ends,
      embedded::WriterSettings{settings.fsync, settings.keep, settings.sweep_every,
                               state->wall_clock},
      remember, tell_subscribers);
  return std::shared_ptr<EmbeddedLog>(new EmbeddedLog(std::move(state)));
}

Result<std::shared_ptr<EmbeddedLog>> EmbeddedLog::open_read_only(
    std::shared_ptr<RocksResources> resources, const std::string& folder) {
  auto log = LogDatabase::open(std::move(resources), folder, 1, LogDatabase::Mode::kReadOnly);
  if (!log.ok()) return log.error();
  auto ends = read_ends(**log);
  if (!ends.ok()) return ends.error();
  auto state = std::make_unique<State>();
  state->log = std::move(*log);
  state->progress = std::make_unique<embedded::LogProgress>(std::move(*ends));
  state->wall_clock = system_clock;
  return std::shared_ptr<EmbeddedLog>(new EmbeddedLog(std::move(state)));
}

int32_t EmbeddedLog::partitions() const { return state_->log->partitions(); }

int32_t EmbeddedLog::partition_of(std::string_view customer_id) const {
  return kafka_partition(customer_id, partitions());
}

void EmbeddedLog::append(std::vector<IncomingEvent> events, std::function<void(Status)> done) {
  if (!state_->writer) return done(internal_error("the embedded log is open for reading only"));
  if (events.empty()) return done({});
  state_->writer->append(std::move(events), std::move(done));
}

Status EmbeddedLog::append_and_wait(std::vector<IncomingEvent> events) {
  std::promise<Status> outcome;
  append(std::move(events), [&](Status status) { outcome.set_value(std::move(status)); });
  return outcome.get_future().get();
}

Status EmbeddedLog::append_with(std::vector<IncomingEvent> events,
                                const std::vector<OutputRecord>& outputs) {
  if (!state_->writer) return internal_error("the embedded log is open for reading only");
  return state_->writer->append_with(std::move(events), outputs);
}

Status EmbeddedLog::read_dead_letters(
    const std::function<Status(uint64_t seq, const OutputRecord&)>& found) {
  const LogDatabase& log = *state_->log;
  std::unique_ptr<rocksdb::Iterator> at(log.db().NewIterator({}, log.stream(Stream::kDeadLetters)));
  std::vector<Header> headers;
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    embedded::StoredOutput output;
    headers.clear();
    if (at->key().size() != 8 ||
        !embedded::read_output(embedded::as_view(at->value()), output, &headers)) {
      return log.error(rocksdb::Status::Corruption("an entry's bytes"), "reading dead letters");
    }
    OutputRecord record{Stream::kDeadLetters, output.key, output.value, headers, output.time};
    Status taken = found(read_big_endian(embedded::as_view(at->key())), record);
    if (!taken) return taken;
  }
  if (!at->status().ok()) return log.error(at->status(), "reading dead letters");
  return {};
}

Result<FeedEntries> EmbeddedLog::read(Stream stream, uint64_t after, size_t limit) const {
  // The newest number is asked for first: what is committed meanwhile is left for the next call, so
  // that the answer has no hole.
  uint64_t newest = last(stream);
  if (after >= newest || limit == 0) return FeedEntries();
  if (auto recent = state_->recent[static_cast<size_t>(stream)].read(after, limit)) {
    while (!recent->empty() && recent->back()->seq > newest) recent->pop_back();
    return std::move(*recent);
  }
  const LogDatabase& log = *state_->log;
  std::string upper_key = embedded::number_key(newest + 1);
  rocksdb::Slice upper(upper_key);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> at(log.db().NewIterator(options, log.stream(stream)));
  FeedEntries entries;
  for (at->Seek(embedded::number_key(after + 1)); at->Valid() && entries.size() < limit;
       at->Next()) {
    embedded::StoredOutput output;
    if (at->key().size() != 8 || !embedded::read_output(embedded::as_view(at->value()), output)) {
      return log.error(rocksdb::Status::Corruption("an entry's bytes"), "reading a stream");
    }
    entries.push_back(std::make_shared<const FeedEntry>(
        FeedEntry{read_big_endian(embedded::as_view(at->key())), std::string(output.key),
                  std::string(output.value), output.time}));
  }
  if (!at->status().ok()) return log.error(at->status(), "reading a stream");
  return entries;
}

uint64_t EmbeddedLog::last(Stream stream) const { return state_->progress->last_output(stream); }

bool EmbeddedLog::wait(Stream stream, uint64_t after, Duration timeout) const {
  auto enough = [&](const LogEnds& ends) {
    return ends.outputs[static_cast<size_t>(stream)] > after;
  };
  state_->progress->wait(timeout, enough, [] {});
  return last(stream) > after;
}

std::shared_ptr<void> EmbeddedLog::subscribe(std::function<void()> on_new) {
  auto handle = std::make_shared<Subscription>();
  std::lock_guard lock(state_->subscribers_mutex);
  uint64_t number = state_->next_subscriber++;
  state_->subscribers.emplace_back(number, std::move(on_new));
  handle->log = weak_from_this();
  handle->leave = [this, number] {
    std::lock_guard leaving(state_->subscribers_mutex);
    std::erase_if(state_->subscribers, [&](const auto& one) { return one.first == number; });
  };
  return handle;
}

std::unique_ptr<Connection> EmbeddedLog::connect(int worker, int workers) {
  return std::make_unique<EmbeddedConnection>(shared_from_this(), worker, workers);
}

Result<std::unique_ptr<CustomerStore>> EmbeddedLog::open(int32_t partition) {
  auto store = embedded::EmbeddedStore::open(state_->log, partition);
  if (!store.ok()) return store.error();
  return std::unique_ptr<CustomerStore>(std::move(*store));
}

Result<int64_t> EmbeddedLog::events_waiting() const {
  int64_t waiting = 0;
  for (int32_t partition = 0; partition < partitions(); ++partition) {
    auto shard = state_->log->committed(partition);
    if (!shard.ok()) return shard.error();
    waiting += state_->progress->end_of_events(partition) - shard->next_offset;
  }
  return waiting;
}

uint64_t EmbeddedLog::bytes_on_disk() const { return state_->log->bytes_on_disk(); }
std::string EmbeddedLog::health() const { return state_->progress->trouble(); }

}  // namespace sapa
