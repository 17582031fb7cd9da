// Wakes those who wait for new triggers or decisions: thousands of open streams and long polls
// behind one subscription. One who waits for a single customer is woken only by that customer's, so
// that many quiet streams cost nothing.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/ports/trigger_feed.h"

namespace sapa {

class FeedWaiter {
 public:
  virtual ~FeedWaiter() = default;
  /// There may be something after `resume_after`, which is never less than what the waiter had
  /// scanned to; nothing for it lies between. Called once per wait(), outside of all locks.
  virtual void on_feed(uint64_t resume_after) = 0;
};

class FeedHub : public std::enable_shared_from_this<FeedHub> {
 public:
  /// `feed` outlives the hub.
  static std::shared_ptr<FeedHub> create(TriggerFeed& feed,
                                         std::function<void(std::function<void()>)> post);

  /// False if there may be something after `scanned_to` already: read again instead of waiting. A
  /// waiter that goes is forgotten.
  bool wait(Stream stream, uint64_t scanned_to, const std::string& customer,
            std::weak_ptr<FeedWaiter> waiter);

  /// How many wait now, those that have gone included until they are swept; for metrics.
  size_t waiting() const;
  /// Forgets those that have gone.
  void sweep();

 private:
  struct Waiting {
    std::weak_ptr<FeedWaiter> waiter;
    uint64_t scanned_to = 0;
  };
  struct StreamState {
    uint64_t seen = 0;  ///< all up to here has been told
    std::vector<Waiting> for_all;
    std::unordered_map<std::string, std::vector<Waiting>> by_customer;
  };
  struct Wake {
    std::weak_ptr<FeedWaiter> waiter;
    uint64_t resume_after;
  };

  FeedHub(const TriggerFeed& feed, std::function<void(std::function<void()>)> post);
  void on_new();
  void pump();
  void pump(Stream stream);
  std::vector<Wake> take_woken(Stream stream, const FeedEntries& entries, uint64_t newest);

  const TriggerFeed& feed_;
  const std::function<void(std::function<void()>)> post_;
  std::atomic<bool> pump_posted_ = false;
  std::mutex pump_mutex_;  ///< one pump at a time

  mutable std::mutex mutex_;
  StreamState streams_[2];  ///< protected by mutex_

  std::shared_ptr<void> subscription_;  ///< last: gone first, and then nothing is told any more
};

}  // namespace sapa
