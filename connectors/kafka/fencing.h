// How often a worker was pushed out of its place in the group, or had its transactional id taken,
// in the last minute. Once may be this process's own doing: when the group's coordinator moves, an
// answer to a request of before can fence the member that it was meant for, and a transaction that
// timed out fences its producer. Again and again means a rival with the same name, and then one of
// the two has to end.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <mutex>

namespace sapa::kafka {

class FencingMemory {
 public:
  using Clock = std::chrono::steady_clock;

  /// Notes that it happened; whether it is still worth trying again.
  bool may_try_again(int worker, Clock::time_point now = Clock::now()) {
    std::lock_guard lock(mutex_);
    std::deque<Clock::time_point>& times = times_[worker];
    times.push_back(now);
    while (now - times.front() > kWithin) times.pop_front();
    return times.size() <= kMostTimes;
  }

 private:
  static constexpr std::chrono::seconds kWithin{60};
  static constexpr size_t kMostTimes = 4;

  std::mutex mutex_;
  std::map<int, std::deque<Clock::time_point>> times_;  // guarded by mutex_
};

}  // namespace sapa::kafka
