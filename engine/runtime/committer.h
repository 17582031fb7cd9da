// Commits epochs on a thread of its own, one at a time, so that the worker can go on with the next
// one. Also the watchdog over it: a commit that hangs far beyond its bound ends the process, since
// restarting is always safe.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/base/result.h"
#include "engine/ports/log.h"

namespace sapa {

class Committer {
 public:
  explicit Committer(Connection& connection);
  /// Waits for a commit that is under way.
  ~Committer();

  struct Done {
    std::unique_ptr<Epoch> epoch;
    Status status;
    double seconds = 0;
  };

  bool busy() const { return busy_; }
  /// Precondition: !busy().
  void submit(std::unique_ptr<Epoch> epoch);
  /// The outcome of the commit under way, if it is known by now.
  std::optional<Done> poll();
  /// Waits for it. Precondition: busy().
  Done wait();

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
