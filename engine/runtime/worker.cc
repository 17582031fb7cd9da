#include "engine/runtime/worker.h"

#include <chrono>
#include <thread>

#include <spdlog/spdlog.h>

#include "engine/runtime/shard_opening.h"
#include "engine/runtime/thread_committer.h"
#include "engine/runtime/thread_opener.h"

namespace sapa {
namespace {

constexpr int64_t kPublishEveryMs = 500;
constexpr int64_t kAskEndAgainMs = 1000;
/// So many records not yet read mean that latency is lost already, and long epochs are right.
constexpr int64_t kBehindRecords = 5000;
constexpr int64_t kReconnectAfterMs = 500;

}  // namespace

double WorkerPorts::steady_clock_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::unique_ptr<Committer> WorkerPorts::thread_committer(Connection& connection) {
  return std::make_unique<ThreadCommitter>(connection);
}

std::unique_ptr<Opener> WorkerPorts::thread_opener(Connection& connection) {
  return std::make_unique<ThreadOpener>([&connection] { connection.wake(); });
}

void WorkerPorts::sleep_this_thread(Duration time) {
  std::this_thread::sleep_for(std::chrono::milliseconds(time.ms));
}

Worker::Worker(WorkerOptions options, std::shared_ptr<const Workspace> workspace, WorkerPorts ports)
    : options_(std::move(options)), ports_(std::move(ports)) {
  rules_.workspace = std::move(workspace);
  if (ports_.live != nullptr) adopt_rules();
}

Worker::~Worker() {
  if (ports_.live != nullptr) ports_.live->forget(this);
}

void Worker::stop() {
  stopping_ = true;
  std::lock_guard lock(mutex_);
  if (wakeable_ != nullptr) wakeable_->wake();
}

Status Worker::run() {
  while (turn()) {
  }
  return outcome_;
}

bool Worker::turn() {
  if (stopping_ && !std::exchange(stop_told_, true)) {
    happened({Happened::kStopAsked});
  } else if (!connection_) {
    if (rules_have_changed()) adopt_rules();
    connect();
  } else {
    Status polled = connection_->poll(poll_timeout(), *this);
    if (!polled) fail(std::move(polled));
    if (!disconnect_) take_opened();
    if (!disconnect_) step_shards();
    if (!disconnect_) {
      if (auto done = committer_->poll()) report_commit(std::move(*done));
    }
    if (!disconnect_ && epoch_is_due()) happened({Happened::kEpochDue});
    publish_state();
  }
  answer_requests();
  if (disconnect_) disconnect();
  update_readiness();
  return protocol_.phase() != Protocol::Phase::kEnded;
}

/// Facts that come up while steps are performed wait until these are done.
void Worker::happened(Fact fact) {
  facts_.push_back(fact);
  if (std::exchange(telling_, true)) return;
  while (!facts_.empty()) {
    Fact next = facts_.front();
    facts_.pop_front();
    // The connection may go on talking although it is about to go.
    if (!protocol_.can_happen(next.what)) continue;
    std::vector<Step> steps = protocol_.on(next);
    for (const Step& step : steps) perform(step);
  }
  telling_ = false;
}

void Worker::perform(const Step& step) {
  switch (step.what) {
    case Do::kOpenShard:
      return open_shard(step.partition);
    case Do::kAdmitShard:
      return admit_shard(step.partition);
    case Do::kSubmitEpoch:
      return submit_epoch();
    case Do::kAwaitCommit:
      if (committer_->busy()) report_commit(committer_->wait());
      return;
    case Do::kApplyEpoch:
      return apply_epoch();
    case Do::kCheckpoint:
      for (auto& [partition, shard] : shards_) fail(shard->checkpoint());
      return;
    case Do::kCancelOpening:
      return cancel_opening();
    case Do::kDropWork:
      return drop_work();
    case Do::kCloseShards:
      return close_shards();
    case Do::kDisconnect:
      disconnect_ = true;
      return;
    case Do::kPause:
      connect_at_ms_ = steady_ms() + kReconnectAfterMs;
      return;
    case Do::kEnd:
      return;
  }
}

/// Nothing if `status` is good.
void Worker::fail(Status status, Happened what) {
  if (status) return;
  const Error& error = status.error();
  trouble_ = error.message;
  if (!error.retriable) {
    if (outcome_) outcome_ = status;
  } else {
    spdlog::warn("{}; going on from what is committed", error.message);
  }
  happened({what, -1, error.retriable});
}

void Worker::connect() {
  int64_t left = connect_at_ms_ - steady_ms();
  if (left > 0) return ports_.pause(milliseconds(std::min<int64_t>(left, 50)));
  auto connected = ports_.connect();
  if (!connected) {
    const Error& error = connected.error();
    if (!error.retriable) outcome_ = error;
    if (error.message != trouble_) spdlog::warn("{}; trying again", error.message);
    trouble_ = error.message;
    return happened({Happened::kConnectFailed, -1, error.retriable});
  }
  trouble_.clear();
  connection_ = std::move(*connected);
  committer_ = ports_.make_committer(*connection_);
  opener_ = ports_.make_opener(*connection_);
  {
    std::lock_guard lock(mutex_);
    wakeable_ = connection_.get();
  }
  happened({Happened::kConnected});
}

void Worker::disconnect() {
  disconnect_ = false;
  {
    std::lock_guard lock(mutex_);
    wakeable_ = nullptr;
  }
  drop_work();
  close_shards();
  assigned_ = false;
  opener_.reset();
  committer_.reset();
  connection_.reset();
}

void Worker::on_assigned(std::span<const Assignment> assignments) {
  assigned_ = true;
  for (const Assignment& assignment : assignments) {
    Opening& opening = opening_[assignment.partition];
    opening.next_offset = assignment.next_offset;
    opening.cache_bytes = options_.cache_bytes_per_worker / assignments.size();
    opening.progress = std::make_shared<RestoreProgress>();
    happened({Happened::kAssigned, assignment.partition});
  }
}

void Worker::open_shard(int32_t partition) {
  const Opening& opening = opening_[partition];
  ShardOptions options = options_.shard;
  options.cache_bytes = opening.cache_bytes;
  opener_->open(partition,
                shard_opening_job({partition, opening.next_offset}, rules_.workspace, options,
                                  ports_.stores, *connection_, opening.progress));
}

void Worker::cancel_opening() {
  opener_->cancel();
  for (const auto& [partition, opening] : opening_) {
    ports_.telemetry.remove_restoring(partition);
  }
  opening_.clear();
}

void Worker::take_opened() {
  while (auto opened = opener_->poll()) {
    auto opening = opening_.find(opened->partition);
    if (opening == opening_.end()) continue;
    if (opened->shard) {
      opening->second.shard = std::move(*opened->shard);
      happened({Happened::kShardOpened, opened->partition});
    } else {
      fail(opened->shard.error(), Happened::kShardFailed);
    }
  }
}

void Worker::admit_shard(int32_t partition) {
  auto opening = opening_.extract(partition);
  std::unique_ptr<Shard>& shard = opening.mapped().shard;
  ports_.telemetry.restored_bytes.Increment(static_cast<double>(shard->restored_bytes()));
  spdlog::info("partition {}: open at offset {}, {} changelog records replayed", partition,
               shard->next_offset(), shard->restored_records());
  // The workspace may have changed while it was being opened.
  if (ports_.live != nullptr) shard->adopt(rules_);
  shards_[partition] = std::move(shard);
  ports_.telemetry.remove_restoring(partition);
  connection_->start_reading(partition);
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

void Worker::on_items(std::span<const InputItem> items) {
  Timestamp wall = ports_.wall_clock();
  double arrival = ports_.steady_seconds();
  Status status;
  Shard* shard = nullptr;
  uint64_t triggers_before = 0, triggers = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    const InputItem& item = items[i];
    if (disconnect_ || !status) break;
    if (shard == nullptr || shard->partition() != item.partition) {
      if (shard != nullptr) triggers += shard->counters().triggers_ever - triggers_before;
      auto it = shards_.find(item.partition);
      shard = it == shards_.end() ? nullptr : it->second.get();
      if (shard == nullptr) continue;
      triggers_before = shard->counters().triggers_ever;
    }
    switch (item.kind) {
      case InputItem::Kind::kRecord:
        // A record's key is its customer's id, or else nobody's.
        shard->look_ahead(items.size() - i - 1,
                          [&](size_t next) { return items[i + 1 + next].record.key; });
        status = shard->on_record(item, wall, epoch());
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
  fail(std::move(status));
}

void Worker::step_shards() {
  Timestamp wall = ports_.wall_clock();
  int64_t now = steady_ms();
  Status status;
  for (auto& [partition, shard] : shards_) {
    status = shard->fire_timers(wall, epoch());
    if (!status) break;
    if (shard->wants_end(wall)) {
      auto asked = asked_end_at_.find(partition);
      if (asked == asked_end_at_.end() || now - asked->second >= kAskEndAgainMs) {
        asked_end_at_[partition] = now;
        connection_->ask_for_end(partition);
      }
    }
    if (first_work_ms_ < 0 && shard->has_work()) first_work_ms_ = now;
  }
  fail(std::move(status));
}

bool Worker::epoch_is_due() {
  if (committer_->busy()) return false;
  if (rules_have_changed()) return true;
  if (first_work_ms_ < 0) return false;
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
  return should_commit(options_.epochs, situation);
}

void Worker::submit_epoch() {
  std::unique_ptr<Epoch> taken = std::move(epoch_);
  bool any = false;
  if (taken) {
    for (auto& [partition, shard] : shards_) any |= shard->take(*taken);
  }
  if (rules_have_changed()) adopt_rules();
  if (first_work_ms_ >= 0) epoch_started_ms_ = first_work_ms_;
  first_work_ms_ = -1;
  if (!any) return happened({Happened::kNothingToCommit});
  last_commit_ms_ = steady_ms();
  committing_arrivals_ = std::move(trigger_arrivals_);
  trigger_arrivals_.clear();
  committer_->submit(std::move(taken));
  happened({Happened::kSubmitted});
}

bool Worker::rules_have_changed() const {
  return ports_.live != nullptr && ports_.live->version() != rules_.version;
}

/// Between two epochs: what was decided by the old rules has been taken, and nothing has been
/// decided since.
void Worker::adopt_rules() {
  rules_ = ports_.live->current();
  for (auto& [partition, shard] : shards_) {
    ports_.telemetry.flush(shard->counters(), shard->workspace());
    shard->adopt(rules_);
  }
  ports_.live->adopted(this, rules_.version);
}

void Worker::report_commit(Committer::Done done) {
  Telemetry& telemetry = ports_.telemetry;
  telemetry.commit_seconds.Observe(done.seconds);
  if (done.status) {
    telemetry.epochs_committed.Increment();
    committed_ = std::move(done.epoch);
    return happened({Happened::kCommitted});
  }
  telemetry.epochs_failed.Increment();
  fail(std::move(done.status), Happened::kCommitFailed);
}

void Worker::apply_epoch() {
  std::unique_ptr<Epoch> epoch = std::move(committed_);
  Telemetry& telemetry = ports_.telemetry;
  double now = ports_.steady_seconds();
  telemetry.epoch_seconds.Observe(static_cast<double>(steady_ms() - epoch_started_ms_) / 1000);
  for (auto [arrival, triggers] : committing_arrivals_) {
    for (uint64_t i = 0; i < triggers; ++i) latency_.observe(now - arrival);
  }
  latency_.flush(telemetry.event_to_trigger_seconds);
  for (const ShardEpoch& part : epoch->shards) {
    auto it = shards_.find(part.partition);
    if (it != shards_.end()) fail(it->second->committed(epoch->number, part));
  }
}

void Worker::on_revoked() {
  assigned_ = false;
  happened({Happened::kRevoked});
}

void Worker::on_lost() {
  spdlog::warn("partitions were lost; dropping what is not committed");
  assigned_ = false;
  happened({Happened::kLost});
}

void Worker::drop_work() {
  epoch_.reset();
  committed_.reset();
  trigger_arrivals_.clear();
  first_work_ms_ = -1;
}

void Worker::close_shards() {
  for (auto& [partition, shard] : shards_) {
    ports_.telemetry.flush(shard->counters(), shard->workspace());
    ports_.telemetry.remove_shard(partition);
  }
  shards_.clear();
  asked_end_at_.clear();
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
    ports_.telemetry.flush(shard->counters(), shard->workspace());
  }
  for (const auto& [partition, opening] : opening_) {
    const RestoreProgress& progress = *opening.progress;
    ports_.telemetry.set_restoring(partition, progress.end - progress.position);
  }
}

void Worker::update_readiness() {
  std::string text;
  if (!connection_) {
    text = trouble_.empty() ? "connecting" : trouble_;
  } else if (!opening_.empty()) {
    text = restoring_text();
  } else if (!assigned_) {
    text = "waiting for partitions";
  }
  std::lock_guard lock(mutex_);
  readiness_ = std::move(text);
}

std::string Worker::restoring_text() const {
  std::string text = "restoring partition";
  for (const auto& [partition, opening] : opening_) {
    if (opening_.begin()->first != partition) text += ",";
    text += " " + std::to_string(partition);
    int64_t left = opening.progress->end - opening.progress->position;
    if (left > 0) text += " (" + std::to_string(left) + " records left)";
  }
  return text;
}

std::string Worker::readiness() const {
  std::lock_guard lock(mutex_);
  // What the connection suffers from is also why there are no partitions.
  if (wakeable_ != nullptr) {
    if (std::string health = wakeable_->health(); !health.empty()) return health;
  }
  if (readiness_.empty() && wakeable_ == nullptr) return "not connected";
  return readiness_;
}

}  // namespace sapa
