// A log with one partition in memory, and connections to it that fail when told to. The log
// outlives its connections, as a broker does: what was committed is visible, everything else is
// not.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/ports/log.h"

namespace sapa {

class FakeConnection;

/// How a commit ends. After an error nobody knows which of the two it was.
enum class CommitFate : uint8_t { kSucceeds, kFailsWithoutEffect, kFailsAfterItsEffect };

class FakeLog {
  template <typename Read>
  auto locked(Read read) const {
    std::lock_guard lock(mutex_);
    return read();
  }

 public:
  using Action = std::function<Status(FakeConnection&, InputHandler&)>;

  void append(std::string value, Timestamp received) {
    std::lock_guard lock(mutex_);
    records_.push_back({std::move(value), received});
  }
  /// Happens inside the next poll() of whichever connection there is.
  void in_next_poll(Action action) {
    std::lock_guard lock(mutex_);
    actions_.push_back(std::move(action));
  }
  void next_commits(std::deque<CommitFate> fates) {
    std::lock_guard lock(mutex_);
    fates_ = std::move(fates);
  }
  void set_wall(Timestamp wall) { wall_ms_ = wall.ms; }
  Timestamp wall() const { return Timestamp{wall_ms_}; }
  /// While false, commits wait.
  std::atomic<bool> may_commit{true};

  /// "CAMPAIGN USER MESSAGE", all that are visible.
  std::vector<std::string> triggers() const;
  /// The same, epoch by epoch.
  std::vector<std::vector<std::string>> triggers_by_epoch() const;
  int64_t committed_offset() const {
    return locked([&] { return committed_offset_; });
  }
  int commits() const {
    return locked([&] { return commits_; });
  }
  int commits_begun() const { return commits_begun_; }
  int connections() const {
    return locked([&] { return connections_; });
  }

 private:
  friend class FakeConnection;
  struct Record {
    std::string value;
    Timestamp received;
  };
  struct ChangelogEntry {
    std::string id;  // empty: the shard's meta
    std::string bytes;
  };
  struct Output {
    Stream stream;
    std::string value;
    int commit;
  };

  mutable std::mutex mutex_;
  std::deque<Record>
      records_;  // State below is protected by mutex_; a deque, so that records stay where they are
  std::deque<Action> actions_;
  std::deque<CommitFate> fates_;
  std::vector<ChangelogEntry> changelog_;
  std::vector<Output> visible_;
  int64_t committed_offset_ = 0;
  int commits_ = 0;
  int connections_ = 0;
  std::atomic<int> commits_begun_{0};
  std::atomic<int64_t> wall_ms_{0};
};

class FakeConnection final : public Connection {
 public:
  explicit FakeConnection(FakeLog& log) : log_(log) {
    std::lock_guard lock(log.mutex_);
    ++log.connections_;
  }

  Status poll(Duration timeout, InputHandler& handler) override;
  void ask_for_end(int32_t) override { asked_ = true; }
  void start_reading(int32_t) override { reading_ = true; }
  Status restore(int32_t partition, int64_t from_position, StateSink& sink, RestoreProgress&,
                 std::stop_token) override;
  Status commit(Epoch& epoch) override;
  int64_t lag(int32_t) const override { return -1; }
  void wake() override;
  std::string health() const override { return ""; }

  /// For actions: the partition goes, or comes (back).
  void revoke(InputHandler& handler) {
    assigned_ = true;  // not again by itself
    holds_ = false;
    handler.on_revoked();
  }
  void lose(InputHandler& handler) {
    assigned_ = true;
    holds_ = false;
    handler.on_lost();
  }
  Status assign(InputHandler& handler);

 private:
  bool deliver(InputHandler& handler);

  FakeLog& log_;
  bool assigned_ = false;
  bool holds_ = false;
  bool reading_ = false;
  bool asked_ = false;
  int64_t next_ = 0;
  std::mutex wake_mutex_;
  std::condition_variable woken_;
  bool wake_ = false;
};

}  // namespace sapa
