// One thread's work: its connection to the log, the shards of the partitions that it holds, the
// epoch that they are filling, and the commit of the one before.
//
//   idle ──assigned──▶ running ──revoked──▶ (commit what is done) ──▶ idle
//                        │ ──lost / commit failed──▶ (drop what is not committed) ──▶ idle, new
//                        connection
//
// A failed or unknown commit is never retried: the shards and the connection are made anew from
// what is committed.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/ports/log.h"
#include "engine/runtime/committer.h"
#include "engine/runtime/epoch_policy.h"
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
};

class Worker final : public InputHandler {
 public:
  Worker(WorkerOptions options, std::shared_ptr<const Workspace> workspace, WorkerPorts ports);
  ~Worker() override;

  /// Works until stop(), or until an error that waiting can't mend.
  Status run();

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
  Status on_assigned(std::span<const Assignment> assignments) override;
  void on_revoked() override;
  void on_lost() override;

 private:
  Status run_connected();
  void step_shards();
  void finish_commit(Committer::Done done);
  void maybe_commit();
  void start_commit();
  void commit_everything();
  void drop_everything();
  void answer_requests();
  void publish_state();
  Duration poll_timeout() const;
  void fail(Status status);
  void set_readiness(std::string text);
  Epoch& epoch();

  WorkerOptions options_;
  std::shared_ptr<const Workspace> workspace_;
  WorkerPorts ports_;
  std::atomic<bool> stopping_{false};

  // Of the worker's thread:
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Committer> committer_;
  std::map<int32_t, std::unique_ptr<Shard>> shards_;
  std::unique_ptr<Epoch> epoch_;
  uint64_t next_epoch_number_ = 1;
  int64_t first_work_ms_ = -1;  // steady clock; -1: the epoch has no work yet
  int64_t last_commit_ms_ = 0;
  int64_t last_published_ms_ = 0;
  std::map<int32_t, int64_t> asked_end_at_;
  std::vector<std::pair<double, uint64_t>> trigger_arrivals_;  // arrival (steady seconds), triggers
  std::vector<std::pair<double, uint64_t>> committing_arrivals_;
  int64_t epoch_started_ms_ = 0;
  LatencyCounts latency_;
  Status failure_;

  mutable std::mutex mutex_;
  std::vector<std::function<void()>> requests_;  // State below is protected by mutex_
  std::string readiness_ = "starting";
  Connection* wakeable_ = nullptr;
};

}  // namespace sapa
