// How far the embedded log has come: what readers may see, and how they wait for more. The writer
// publishes after its batch is written, so that nothing is seen which a crash could take back.
// Thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "connectors/embedded/log_format.h"

namespace sapa::embedded {

struct LogEnds {
  std::vector<int64_t> events;               ///< by partition: one past the last event
  std::array<uint64_t, kStreams> outputs{};  ///< by stream: the newest sequence number
};

class LogProgress {
 public:
  explicit LogProgress(LogEnds ends) : ends_(std::move(ends)) {}

  // For the writer.

  /// The time at which what is written next counts as received; it never goes back.
  Timestamp begin_write(Timestamp now) {
    std::lock_guard lock(mutex_);
    last_write_ = std::max(last_write_, now);
    writing_since_ = last_write_;
    return last_write_;
  }
  void publish(const LogEnds& ends) {
    std::lock_guard lock(mutex_);
    ends_ = ends;
    writing_since_ = Timestamp::never();
    trouble_.clear();
    changed_.notify_all();
  }
  void write_failed(std::string why) {
    std::lock_guard lock(mutex_);
    writing_since_ = Timestamp::never();
    trouble_ = std::move(why);
  }

  // For readers.

  int64_t end_of_events(int32_t partition) const {
    std::lock_guard lock(mutex_);
    return ends_.events[static_cast<size_t>(partition)];
  }
  uint64_t last_output(Stream stream) const {
    std::lock_guard lock(mutex_);
    return ends_.outputs[static_cast<size_t>(stream)];
  }
  struct End {
    int64_t offset;
    Timestamp as_of;
  };
  /// Every event received before `as_of` stands before `offset`: one that is being written holds
  /// the time back.
  End end_as_of(int32_t partition, Timestamp now) const {
    std::lock_guard lock(mutex_);
    return {ends_.events[static_cast<size_t>(partition)], std::min(now, writing_since_)};
  }
  std::string trouble() const {
    std::lock_guard lock(mutex_);
    return trouble_;
  }
  /// Waits until `enough(ends)` or for `timeout`, then runs `then`; both are called under the lock.
  template <typename Enough, typename Then>
  void wait(Duration timeout, Enough enough, Then then) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(timeout.ms), [&] { return enough(ends_); });
    then();
  }
  /// Runs `change` under the lock and lets all that wait look again.
  template <typename Change>
  void wake(Change change) {
    std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Below: protected by mutex_.
  LogEnds ends_;
  Timestamp last_write_ = Timestamp::beginning();
  Timestamp writing_since_ = Timestamp::never();
  std::string trouble_;  ///< why the last write failed; empty if it did not
};

}  // namespace sapa::embedded
