#include "tests/simulation/stepped_env.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <rocksdb/system_clock.h>

namespace sapa::simulation {
namespace {

/// RocksDB sleeps for a second after an error of its background work.
class SleeplessClock final : public rocksdb::SystemClockWrapper {
 public:
  SleeplessClock() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
  void SleepForMicroseconds(int) override {}
  const char* Name() const override { return "SleeplessClock"; }
};

}  // namespace

SteppedEnv::SteppedEnv(const std::shared_ptr<rocksdb::FileSystem>& files)
    : SteppedEnv(rocksdb::NewCompositeEnv(files)) {}

SteppedEnv::SteppedEnv(std::unique_ptr<rocksdb::Env> inner)
    : EnvWrapper(inner.get()), inner_(std::move(inner)) {
  system_clock_ = std::make_shared<SleeplessClock>();
}

SteppedEnv::~SteppedEnv() = default;

void SteppedEnv::Schedule(void (*function)(void*), void* argument, Priority priority, void* tag,
                          void (*unscheduled)(void*)) {
  std::lock_guard lock(mutex_);
  jobs_.push_back({function, argument, priority, tag, unscheduled});
}

int SteppedEnv::UnSchedule(void* tag, Priority priority) {
  std::vector<Job> gone;
  {
    std::lock_guard lock(mutex_);
    std::erase_if(jobs_, [&](const Job& job) {
      if (job.tag != tag || job.priority != priority) return false;
      gone.push_back(job);
      return true;
    });
  }
  for (const Job& job : gone) {
    if (job.unscheduled != nullptr) job.unscheduled(job.argument);
  }
  return static_cast<int>(gone.size());
}

unsigned int SteppedEnv::GetThreadPoolQueueLen(Priority priority) const {
  std::lock_guard lock(mutex_);
  return static_cast<unsigned int>(std::count_if(
      jobs_.begin(), jobs_.end(), [&](const Job& job) { return job.priority == priority; }));
}

void SteppedEnv::run_one() {
  std::optional<Job> job;
  {
    std::lock_guard lock(mutex_);
    if (jobs_.empty()) return;
    job = jobs_.front();
    jobs_.pop_front();
  }
  job->function(job->argument);
}

}  // namespace sapa::simulation
