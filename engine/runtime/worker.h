// One thread's work: its connection to the log, the shards of the partitions that it holds, the
// epoch that they are filling, and the commit of the one before. What it does when is decided in
// protocol.h; here the facts are gathered and the steps performed.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/ports/log.h"
#include "engine/runtime/committer.h"
#include "engine/runtime/epoch_policy.h"
#include "engine/runtime/live_workspace.h"
#include "engine/runtime/opener.h"
#include "engine/runtime/protocol.h"
#include "engine/runtime/shard.h"

namespace sapa {

struct WorkerOptions {
  ShardOptions shard;
  EpochPolicy epochs;
  /// The process's budget for hot customers, divided among the shards that a worker may hold at
  /// once.
  size_t cache_bytes_per_worker = 256 << 20;
};

/// What a worker is made with; all outlive it.
struct WorkerPorts {
  std::function<Result<std::unique_ptr<Connection>>()> connect;
  StoreFactory& stores;
  Telemetry& telemetry;
  std::function<Timestamp()> wall_clock;

  // What a simulation replaces:
  /// Never goes back; any origin. For intervals.
  std::function<double()> steady_seconds = steady_clock_seconds;
  std::function<std::unique_ptr<Committer>(Connection&)> make_committer = thread_committer;
  std::function<std::unique_ptr<Opener>(Connection&)> make_opener = thread_opener;
  std::function<void(Duration)> pause = sleep_this_thread;

  /// Where the workspace changes while the worker runs; null: it does not.
  LiveWorkspace* live = nullptr;

  static double steady_clock_seconds();
  static std::unique_ptr<Committer> thread_committer(Connection& connection);
  static std::unique_ptr<Opener> thread_opener(Connection& connection);
  static void sleep_this_thread(Duration time);
};

class Worker final : public InputHandler {
 public:
  Worker(WorkerOptions options, std::shared_ptr<const Workspace> workspace, WorkerPorts ports);
  ~Worker() override;

  /// Works until stop(), or until an error that waiting can't mend.
  Status run();

  /// One round of run(): what has come, what is due, what has ended. False once it has ended.
  bool turn();
  /// How it has ended.
  const Status& outcome() const { return outcome_; }
  Protocol::Phase phase() const { return protocol_.phase(); }
  /// What its shards decide by. On the worker's thread.
  const Rules& rules() const { return rules_; }

  /// From any thread: finish what is under way, commit it, and return from run().
  void stop();

  /// From any thread. `answer` is called on the worker's thread with the customer's JSON, nothing
  /// if no shard here knows it, or why it can't be told.
  using CustomerAnswer = std::function<void(Result<std::optional<std::string>>)>;
  void describe_customer(std::string id, CustomerAnswer answer);

  /// From any thread: every partition asked for has been opened and the log answers; else what is
  /// missing.
  std::string readiness() const;

  void on_items(std::span<const InputItem> items) override;
  void on_assigned(std::span<const Assignment> assignments) override;
  void on_revoked() override;
  void on_lost() override;

 private:
  // Facts in, steps out.
  void happened(Fact fact);
  void perform(const Step& step);
  void fail(Status status, Happened what = Happened::kFailed);
  void report_commit(Committer::Done done);

  // The steps.
  void connect();
  void disconnect();
  void open_shard(int32_t partition);
  void admit_shard(int32_t partition);
  void submit_epoch();
  void apply_epoch();
  void drop_work();
  void close_shards();

  void cancel_opening();
  void take_opened();
  void step_shards();
  bool epoch_is_due();
  bool rules_have_changed() const;
  void adopt_rules();
  void answer_requests();
  void publish_state();
  Duration poll_timeout() const;
  void update_readiness();
  std::string restoring_text() const;
  Epoch& epoch();
  int64_t steady_ms() const { return static_cast<int64_t>(ports_.steady_seconds() * 1000); }

  WorkerOptions options_;
  WorkerPorts ports_;
  Rules rules_;  // of the worker's thread: what its shards decide by
  std::atomic<bool> stopping_{false};

  // Of the worker's thread:
  Protocol protocol_;
  std::deque<Fact> facts_;
  bool telling_ = false;  ///< facts_ are being worked off
  bool stop_told_ = false;
  bool assigned_ = false;    ///< the group has told which partitions are ours, perhaps none
  bool disconnect_ = false;  ///< at the end of the turn: we may be inside the connection's poll
  int64_t connect_at_ms_ = 0;
  Status outcome_;
  std::string trouble_;  ///< why there is no connection

  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<Opener> opener_;
  std::map<int32_t, std::unique_ptr<Shard>> shards_;
  std::unique_ptr<Epoch> epoch_;
  std::unique_ptr<Epoch> committed_;  ///< to be applied

  struct Opening {
    int64_t next_offset = 0;
    size_t cache_bytes = 0;
    std::unique_ptr<Shard> shard;  ///< once it is open
    std::shared_ptr<RestoreProgress> progress;
  };
  std::map<int32_t, Opening> opening_;

  uint64_t next_epoch_number_ = 1;
  int64_t first_work_ms_ = -1;  // steady clock; -1: the epoch has no work yet
  int64_t last_commit_ms_ = 0;
  int64_t last_published_ms_ = 0;
  std::map<int32_t, int64_t> asked_end_at_;
  std::vector<std::pair<double, uint64_t>> trigger_arrivals_;  // arrival (steady seconds), triggers
  std::vector<std::pair<double, uint64_t>> committing_arrivals_;
  int64_t epoch_started_ms_ = 0;
  LatencyCounts latency_;

  mutable std::mutex mutex_;
  std::vector<std::function<void()>> requests_;  // State below is protected by mutex_
  std::string readiness_ = "starting";
  Connection* wakeable_ = nullptr;
};

}  // namespace sapa
