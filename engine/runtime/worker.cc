#include "engine/runtime/worker.h"

#include <chrono>
#include <thread>

#include <spdlog/spdlog.h>

namespace sapa {
namespace {

constexpr int64_t kPublishEveryMs = 500;
constexpr int64_t kAskEndAgainMs = 1000;
/// So many records not yet read mean that latency is lost already, and long epochs are right.
constexpr int64_t kBehindRecords = 5000;
constexpr int64_t kReconnectAfterMs = 500;

int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Worker::Worker(WorkerOptions options, std::shared_ptr<const Workspace> workspace, WorkerPorts ports)
    : options_(std::move(options)), workspace_(std::move(workspace)), ports_(std::move(ports)) {}

Worker::~Worker() = default;

void Worker::stop() {
  stopping_ = true;
  std::lock_guard lock(mutex_);
  if (wakeable_ != nullptr) wakeable_->wake();
}

Status Worker::run() {
  while (!stopping_) {
    Status status = run_connected();
    drop_everything();
    {
      std::lock_guard lock(mutex_);
      wakeable_ = nullptr;
    }
    committer_.reset();
    connection_.reset();
    failure_ = {};
    if (status) continue;
    if (!status.error().retriable) return status;
    set_readiness(status.error().message);
    spdlog::warn("{}; going on from what is committed", status.error().message);
    for (int64_t waited = 0; waited < kReconnectAfterMs && !stopping_; waited += 50) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  return {};
}

Status Worker::run_connected() {
  auto connected = ports_.connect();
  if (!connected) return connected.error();
  connection_ = std::move(*connected);
  committer_ = std::make_unique<Committer>(*connection_);
  {
    std::lock_guard lock(mutex_);
    wakeable_ = connection_.get();
  }
  set_readiness("waiting for partitions");
  while (!stopping_) {
    Status polled = connection_->poll(poll_timeout(), *this);
    if (!polled) return polled;
    if (!failure_) return failure_;
    step_shards();
    if (auto done = committer_->poll()) finish_commit(std::move(*done));
    maybe_commit();
    answer_requests();
    publish_state();
    if (!failure_) return failure_;
  }
  on_revoked();
  return failure_;
}

Duration Worker::poll_timeout() const {
  if (committer_->busy() || first_work_ms_ >= 0) return milliseconds(5);
  int64_t timeout = 100;
  Timestamp wall = ports_.wall_clock();
  for (const auto& [partition, shard] : shards_) {
    Timestamp due = shard->earliest_timer();
    if (due == Timestamp::never() || options_.shard.clock == ClockMode::kEvent) continue;
    timeout = std::min(timeout, std::max<int64_t>(1, (due - wall).ms));
  }
  return milliseconds(timeout);
}

Epoch& Worker::epoch() {
  if (!epoch_) {
    epoch_ = std::make_unique<Epoch>();
    epoch_->number = next_epoch_number_++;
  }
  return *epoch_;
}

void Worker::fail(Status status) {
  if (failure_ && !status) failure_ = std::move(status);
}

void Worker::on_items(std::span<const InputItem> items) {
  Timestamp wall = ports_.wall_clock();
  double arrival = steady_seconds();
  Shard* shard = nullptr;
  uint64_t triggers_before = 0, triggers = 0;
  for (const InputItem& item : items) {
    if (!failure_) return;
    if (shard == nullptr || shard->partition() != item.partition) {
      if (shard != nullptr) triggers += shard->counters().triggers_ever - triggers_before;
      auto it = shards_.find(item.partition);
      shard = it == shards_.end() ? nullptr : it->second.get();
      if (shard == nullptr) continue;
      triggers_before = shard->counters().triggers_ever;
    }
    switch (item.kind) {
      case InputItem::Kind::kRecord:
        fail(shard->on_record(item, wall, epoch()));
        break;
      case InputItem::Kind::kReadTo:
        shard->on_read_to(item.offset);
        break;
      case InputItem::Kind::kEnd:
        shard->on_end(item.offset, item.as_of);
        asked_end_at_.erase(item.partition);
        break;
    }
  }
  if (shard != nullptr) triggers += shard->counters().triggers_ever - triggers_before;
  if (triggers > 0) trigger_arrivals_.emplace_back(arrival, triggers);
}

void Worker::step_shards() {
  Timestamp wall = ports_.wall_clock();
  int64_t now = steady_ms();
  for (auto& [partition, shard] : shards_) {
    fail(shard->fire_timers(wall, epoch()));
    if (shard->wants_end(wall)) {
      auto asked = asked_end_at_.find(partition);
      if (asked == asked_end_at_.end() || now - asked->second >= kAskEndAgainMs) {
        asked_end_at_[partition] = now;
        connection_->ask_for_end(partition);
      }
    }
    if (first_work_ms_ < 0 && shard->has_work()) first_work_ms_ = now;
  }
}

void Worker::maybe_commit() {
  if (first_work_ms_ < 0 || committer_->busy()) return;
  EpochSituation situation;
  int64_t now = steady_ms(), unread = 0;
  for (auto& [partition, shard] : shards_) {
    situation.has_work |= shard->has_work();
    situation.has_outputs |= shard->has_outputs();
    situation.memory_short |= shard->over_budget();
    situation.changes += shard->dirty_customers();
    unread += std::max<int64_t>(0, connection_->lag(partition));
  }
  situation.bytes = epoch().bytes.bytes_used();
  situation.behind = unread > kBehindRecords;
  situation.ms_since_commit = now - last_commit_ms_;
  situation.ms_since_first_work = now - first_work_ms_;
  if (should_commit(options_.epochs, situation)) start_commit();
}

void Worker::start_commit() {
  std::unique_ptr<Epoch> taken = std::move(epoch_);
  if (!taken) return;
  bool any = false;
  for (auto& [partition, shard] : shards_) any |= shard->take(*taken);
  if (first_work_ms_ >= 0) epoch_started_ms_ = first_work_ms_;
  first_work_ms_ = -1;
  if (!any) return;
  last_commit_ms_ = steady_ms();
  committing_arrivals_ = std::move(trigger_arrivals_);
  trigger_arrivals_.clear();
  committer_->submit(std::move(taken));
}

void Worker::finish_commit(Committer::Done done) {
  Telemetry& telemetry = ports_.telemetry;
  telemetry.commit_seconds.Observe(done.seconds);
  if (!done.status) {
    telemetry.epochs_failed.Increment();
    return fail(std::move(done.status));
  }
  telemetry.epochs_committed.Increment();
  telemetry.epoch_seconds.Observe(static_cast<double>(steady_ms() - epoch_started_ms_) / 1000);
  double now = steady_seconds();
  for (auto [arrival, triggers] : committing_arrivals_) {
    for (uint64_t i = 0; i < triggers; ++i) latency_.observe(now - arrival);
  }
  latency_.flush(telemetry.event_to_trigger_seconds);
  for (const ShardEpoch& part : done.epoch->shards) {
    auto it = shards_.find(part.partition);
    if (it != shards_.end()) fail(it->second->committed(done.epoch->number, part));
  }
}

Status Worker::on_assigned(std::span<const Assignment> assignments) {
  set_readiness("opening partitions");
  ShardOptions options = options_.shard;
  options.cache_bytes = options_.cache_bytes_per_worker / std::max<size_t>(1, assignments.size());
  for (const Assignment& assignment : assignments) {
    auto store = ports_.stores.open(assignment.partition);
    if (!store) return store.error();
    auto shard = std::make_unique<Shard>(assignment.partition, assignment.next_offset, workspace_,
                                         std::move(*store), options);
    Status restored =
        connection_->restore(assignment.partition, shard->changelog_position(), *shard);
    if (!restored) return restored;
    ports_.telemetry.restored_bytes.Increment(static_cast<double>(shard->restored_bytes()));
    if (Status opened = shard->open(); !opened) return opened;
    spdlog::info("partition {}: open at offset {}, {} changelog records replayed",
                 assignment.partition, shard->next_offset(), shard->restored_records());
    shards_[assignment.partition] = std::move(shard);
  }
  set_readiness("");
  return {};
}

void Worker::on_revoked() {
  if (failure_) commit_everything();
  drop_everything();
  set_readiness("waiting for partitions");
}

void Worker::commit_everything() {
  if (committer_->busy()) finish_commit(committer_->wait());
  if (!failure_) return;
  start_commit();
  if (committer_->busy()) finish_commit(committer_->wait());
  if (!failure_) return;
  for (auto& [partition, shard] : shards_) fail(shard->checkpoint());
}

void Worker::on_lost() {
  spdlog::warn("partitions were lost; dropping what is not committed");
  if (committer_ && committer_->busy()) {
    // What became of the commit is no matter to shards that are gone, but a failed one has spoiled
    // the connection.
    Committer::Done done = committer_->wait();
    fail(std::move(done.status));
  }
  drop_everything();
  set_readiness("waiting for partitions");
}

void Worker::drop_everything() {
  // A commit under way is waited for, so that the epoch's bytes outlive it; its shards are gone for
  // us either way.
  if (committer_ && committer_->busy()) committer_->wait();
  for (auto& [partition, shard] : shards_) {
    ports_.telemetry.flush(shard->counters(), *workspace_);
    ports_.telemetry.remove_shard(partition);
  }
  shards_.clear();
  epoch_.reset();
  asked_end_at_.clear();
  trigger_arrivals_.clear();
  first_work_ms_ = -1;
}

void Worker::describe_customer(std::string id, CustomerAnswer answer) {
  std::lock_guard lock(mutex_);
  requests_.push_back([this, id = std::move(id), answer = std::move(answer)] {
    for (auto& [partition, shard] : shards_) {
      auto described = shard->describe(id);
      if (!described || *described) return answer(std::move(described));
    }
    answer(std::optional<std::string>());
  });
  if (wakeable_ != nullptr) wakeable_->wake();
}

void Worker::answer_requests() {
  std::vector<std::function<void()>> requests;
  {
    std::lock_guard lock(mutex_);
    requests.swap(requests_);
  }
  for (auto& request : requests) request();
}

void Worker::publish_state() {
  int64_t now = steady_ms();
  if (now - last_published_ms_ < kPublishEveryMs) return;
  last_published_ms_ = now;
  for (auto& [partition, shard] : shards_) {
    Telemetry::ShardState state = shard->state();
    state.lag_records = connection_->lag(partition);
    ports_.telemetry.set_shard(state);
    ports_.telemetry.flush(shard->counters(), *workspace_);
  }
}

void Worker::set_readiness(std::string text) {
  std::lock_guard lock(mutex_);
  readiness_ = std::move(text);
}

std::string Worker::readiness() const {
  std::lock_guard lock(mutex_);
  if (!readiness_.empty()) return readiness_;
  return wakeable_ != nullptr ? wakeable_->health() : "not connected";
}

}  // namespace sapa
