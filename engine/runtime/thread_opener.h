// The opener of a running engine: a few threads, made when there is something to open. Restoring is
// bound by the disk and one core, so more than two at once gain little.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/runtime/opener.h"

namespace sapa {

class ThreadOpener final : public Opener {
 public:
  /// `wake` is called from another thread when poll() has something to give.
  explicit ThreadOpener(std::function<void()> wake);
  ~ThreadOpener() override;

  void open(int32_t partition, Job job) override;
  std::optional<Opened> poll() override;
  void cancel() override;

 private:
  void run(std::stop_token stop);

  const std::function<void()> wake_;
  std::vector<std::jthread> threads_;  // of the worker's thread
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::pair<int32_t, Job>> waiting_;  // State below is protected by mutex_
  std::deque<Opened> opened_;
  size_t under_way_ = 0;
};

}  // namespace sapa
