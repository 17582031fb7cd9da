// Waits for the signals that ask a program to end. Made before any other thread, so that none of
// them gets these signals.
#pragma once

#include <functional>
#include <thread>

namespace sapa {

class StopSignals {
 public:
  /// Blocks SIGINT and SIGTERM in this thread and those that it starts, and ignores SIGPIPE.
  StopSignals();
  ~StopSignals();

  /// Calls `on_stop` once, on a thread of its own, at the first such signal; the second ends the
  /// process at once.
  void watch(std::function<void()> on_stop);

 private:
  std::thread watcher_;
};

}  // namespace sapa
