// A thread that does what it is given, one after the other, and something else at intervals.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace sapa {

class TaskThread {
 public:
  using Task = std::function<void()>;

  TaskThread() : TaskThread(std::chrono::hours(24), [] {}) {}
  /// `at_intervals` runs when there has been nothing to do for that long.
  TaskThread(std::chrono::milliseconds interval, Task at_intervals)
      : interval_(interval), at_intervals_(std::move(at_intervals)), thread_([this] { run(); }) {}
  ~TaskThread() { stop(); }

  /// Does nothing after stop().
  void post(Task task) {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    tasks_.push_back(std::move(task));
    changed_.notify_all();
  }

  /// Waits for the task under way; those that wait are dropped.
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      tasks_.clear();
      changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      auto ready = [this] { return stopping_ || !tasks_.empty(); };
      Task task = at_intervals_;
      if (changed_.wait_for(lock, interval_, ready)) {
        if (stopping_) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      lock.unlock();
      task();
      task = nullptr;
      lock.lock();
    }
  }

  const std::chrono::milliseconds interval_;
  const Task at_intervals_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;  // State below is protected by mutex_
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sapa
