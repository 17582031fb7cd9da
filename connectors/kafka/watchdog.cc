#include "connectors/kafka/watchdog.h"

#include <cstdlib>

#include <spdlog/spdlog.h>

namespace sapa::kafka {
namespace {
// As sysexits.h has it: temporary failure, try again.
constexpr int kExitTryAgain = 75;
// The watchdog looks this often rather than being woken for each call, which would cost two system
// calls a commit.
constexpr auto kLook = std::chrono::milliseconds(500);
}  // namespace

Watchdog::Watchdog(std::string who) : who_(std::move(who)), thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

Watchdog::Guard::Guard(Watchdog& watchdog, const char* doing, std::chrono::milliseconds limit)
    : watchdog_(watchdog) {
  std::lock_guard lock(watchdog_.mutex_);
  watchdog_.doing_ = doing;
  watchdog_.deadline_ = std::chrono::steady_clock::now() + limit;
}

Watchdog::Guard::~Guard() {
  std::lock_guard lock(watchdog_.mutex_);
  watchdog_.doing_ = nullptr;
}

void Watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_for(lock, kLook);
    if (!doing_ || std::chrono::steady_clock::now() < deadline_) continue;
    spdlog::critical(
        "{}: {} hangs far beyond its time limit; ending the process, a restart is safe", who_,
        doing_);
    spdlog::default_logger()->flush();
    std::_Exit(kExitTryAgain);
  }
}

}  // namespace sapa::kafka
