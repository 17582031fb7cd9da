// The committer of a running engine: a thread of its own, which wakes the worker's poll when a
// commit has ended.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/runtime/committer.h"

namespace sapa {

class ThreadCommitter final : public Committer {
 public:
  explicit ThreadCommitter(Connection& connection);
  ~ThreadCommitter() override;

  bool busy() const override { return busy_; }
  void submit(std::unique_ptr<Epoch> epoch) override;
  std::optional<Done> poll() override;
  Done wait() override;

 private:
  void run();

  Connection& connection_;
  bool busy_ = false;  // of the worker's thread
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<Epoch> waiting_;  // State below is protected by mutex_
  std::optional<Done> done_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sapa
