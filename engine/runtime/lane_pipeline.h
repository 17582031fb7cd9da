// Items on their way through several threads: each is prepared, by any thread; opened, in the order
// in which they were put in; then worked by every lane, by each in that order; and taken out in
// that order, too. The caller's thread puts in, takes out, and lends a hand when it has to wait. So
// what a lane does never depends on the threads, only when.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sapa {

class LanePipeline {
 public:
  /// What is done with the item in a slot.
  struct Work {
    std::function<void(size_t slot)> prepare;
    std::function<void(size_t slot)> open;  ///< short, one at a time
    std::function<void(size_t slot, size_t lane)> work;
  };

  /// Without helpers the caller does all that is to be done.
  LanePipeline(size_t helpers, size_t lanes, size_t slots, Work work);
  /// What has not been begun is dropped, the rest waited for.
  ~LanePipeline();

  bool empty() const { return taken_ == put_; }
  bool full() const { return put_ - taken_ == slots_.size(); }
  /// Where the next item is to be.
  size_t next_slot() const { return put_ % slots_.size(); }
  /// The item in next_slot() begins its way. Precondition: not full.
  void put();

  /// Whether the oldest item has been worked by every lane; false if there is none.
  bool ready();
  /// Takes the oldest item out, when it is ready, and gives its slot. Precondition: not empty.
  size_t take();

 private:
  struct Slot {
    bool prepared = false;
    size_t lanes_left = 0;
  };
  struct Lane {
    bool busy = false;
    uint64_t next = 0;  // item
  };

  void help();
  bool oldest_is_done() const { return taken_ < opened_ && slot(taken_).lanes_left == 0; }
  bool do_something(std::unique_lock<std::mutex>& lock);
  void prepare(std::unique_lock<std::mutex>& lock);
  void work(std::unique_lock<std::mutex>& lock, size_t lane);
  Slot& slot(uint64_t item) { return slots_[item % slots_.size()]; }
  const Slot& slot(uint64_t item) const { return slots_[item % slots_.size()]; }

  const Work work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // State below is protected by mutex_. Items are numbered from 0.
  std::vector<Slot> slots_;
  std::vector<Lane> lanes_;
  uint64_t put_ = 0;        // items before this one have been put in: written by the caller alone,
  uint64_t taken_ = 0;      // … taken out: so is this,
  uint64_t preparing_ = 0;  // … begun to be prepared,
  uint64_t opened_ = 0;     // … opened
  bool stopping_ = false;
  std::vector<std::thread> helpers_;  // of the caller
};

}  // namespace sapa
