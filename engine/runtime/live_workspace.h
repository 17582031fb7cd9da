// The rules in use, which workers look at between two epochs and somebody else replaces: the one
// place where a running engine's workspace changes. Knows which workers have switched already.
// Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>

#include "engine/base/time.h"
#include "engine/runtime/rules.h"

namespace sapa {

class LiveWorkspace {
 public:
  explicit LiveWorkspace(std::shared_ptr<const Workspace> workspace);

  /// Cheap enough to be asked between any two records.
  uint64_t version() const { return version_.load(std::memory_order_acquire); }
  Rules current() const;

  /// Both give the new version. What costs time (the layout) happens on the caller's thread.
  uint64_t replace(std::shared_ptr<const Workspace> workspace);
  uint64_t set_killed(KilledCampaigns killed);

  /// Workers say by which version they decide, under a name of their own.
  void adopted(const void* worker, uint64_t version);
  void forget(const void* worker);

  struct Progress {
    size_t switched = 0, workers = 0;
    bool complete() const { return switched == workers; }
  };
  /// Waits until every worker decides by this version or a later one, at most for `patience`.
  Progress wait_until_adopted(uint64_t version, Duration patience) const;

 private:
  Progress progress(uint64_t version) const;

  std::atomic<uint64_t> version_{1};
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Rules rules_;  // State below is protected by mutex_
  std::map<const void*, uint64_t> workers_;
};

}  // namespace sapa
