// Ends the process when a guarded call does not come back long after its own bound. A transaction
// that hangs would hold up the partition's readers for ever, while a restart is always safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace sapa::kafka {

class Watchdog {
 public:
  explicit Watchdog(std::string who);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Guards what happens during its lifetime. One at a time.
  class Guard {
   public:
    Guard(Watchdog& watchdog, const char* doing, std::chrono::milliseconds limit);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    Watchdog& watchdog_;
  };

 private:
  void run();

  const std::string who_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // State below is guarded by mutex_.
  const char* doing_ = nullptr;  ///< null: nothing is guarded
  std::chrono::steady_clock::time_point deadline_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sapa::kafka
