// Waits for the signals that ask a program to end. Made before any other thread, so that none of
// them gets these signals.
#pragma once

#include <functional>
#include <thread>

namespace sapa {

class StopSignals {
 public:
  /// Blocks SIGINT and SIGTERM in this thread and those that it starts, and ignores SIGPIPE.
  StopSignals() : StopSignals(false) {}
  /// With `hangup` also SIGHUP, which otherwise ends the process.
  explicit StopSignals(bool hangup);
  ~StopSignals();

  /// Calls `on_stop` once, on a thread of its own, at the first such signal; the second ends the
  /// process at once.
  void watch(std::function<void()> on_stop) { watch(std::move(on_stop), nullptr); }
  /// The same, and `on_hangup` at each SIGHUP.
  void watch(std::function<void()> on_stop, std::function<void()> on_hangup);

 private:
  std::thread watcher_;
};

}  // namespace sapa
