// RocksDB's environment with nothing left to chance: compactions run when they are told to, one at
// a time, on the caller's thread.
#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace sapa::simulation {

class SteppedEnv final : public rocksdb::EnvWrapper {
 public:
  explicit SteppedEnv(const std::shared_ptr<rocksdb::FileSystem>& files);
  ~SteppedEnv() override;

  /// Runs the first job that waits, if there is one.
  void run_one();

  void Schedule(void (*function)(void*), void* argument, Priority priority, void* tag,
                void (*unscheduled)(void*)) override;
  int UnSchedule(void* tag, Priority priority) override;
  unsigned int GetThreadPoolQueueLen(Priority priority) const override;
  int ReserveThreads(int, Priority) override { return 0; }
  int ReleaseThreads(int, Priority) override { return 0; }
  void SetBackgroundThreads(int, Priority) override {}
  int GetBackgroundThreads(Priority) override { return 1; }
  void IncBackgroundThreadsIfNeeded(int, Priority) override {}
  const char* Name() const override { return "SteppedEnv"; }

 private:
  struct Job {
    void (*function)(void*);
    void* argument;
    Priority priority;
    void* tag;
    void (*unscheduled)(void*);
  };
  explicit SteppedEnv(std::unique_ptr<rocksdb::Env> inner);

  std::unique_ptr<rocksdb::Env> inner_;
  mutable std::mutex mutex_;
  std::deque<Job> jobs_;  // State below is protected by mutex_
};

}  // namespace sapa::simulation
