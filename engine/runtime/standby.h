// Warm standbys: the stores of partitions that other processes own, kept up to date from the
// changelog, so that taking one over needs only the last few records. It stands between the workers
// and the stores: a worker that opens a partition's store gets the standby's, after that has let go
// of it; a store that is closed may be followed again.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "engine/ports/changelog_tail.h"
#include "engine/runtime/live_workspace.h"
#include "engine/runtime/shard.h"

namespace sapa {

struct StandbyOptions {
  int replicas = 1;
  ShardOptions shard;
  /// Where the workspace changes, which decides when records' timers are due; null: it does not.
  LiveWorkspace* live = nullptr;
};

class StandbyStores final : public StoreFactory {
 public:
  using Connect = std::function<Result<std::unique_ptr<ChangelogTail>>()>;

  /// `stores` and `telemetry` outlive it. The thread begins with start().
  StandbyStores(StandbyOptions options, std::shared_ptr<const Workspace> workspace,
                StoreFactory& stores, Telemetry& telemetry, Connect connect);
  ~StandbyStores() override;

  void start();

  /// The store as the standby has it, or one that is opened anew. Waits for at most a batch's time.
  /// Any thread.
  Result<std::unique_ptr<CustomerStore>> open(int32_t partition) override;

 private:
  void run(std::stop_token stop);
  Status follow_until_broken(ChangelogTail& tail, const std::stop_token& stop);
  void choose(std::set<int32_t>& candidates);
  Status begin(ChangelogTail& tail);
  void let_go_of_claimed();
  void keep_up_with_workspace();
  void drop(int32_t partition);
  void publish(const ChangelogTail& tail) const;
  Result<std::unique_ptr<CustomerStore>> take_over(int32_t partition);
  void release(int32_t partition);

  const StandbyOptions options_;
  StoreFactory& stores_;
  Telemetry& telemetry_;
  const Connect connect_;

  // Of the standby's thread:
  Rules rules_;
  std::map<int32_t, std::unique_ptr<Shard>> shards_;
  bool changed_set_ = false;  ///< of what is followed, since it was told to the tail

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::set<int32_t> claimed_;   // State below is protected by mutex_. By this process's workers.
  std::set<int32_t> followed_;  // the keys of shards_
  std::map<int32_t, std::unique_ptr<CustomerStore>> handed_over_;  // not followed any more
  std::jthread thread_;
};

}  // namespace sapa
