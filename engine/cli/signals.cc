#include "engine/cli/signals.h"

#include <utility>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

namespace sapa {
namespace {

sigset_t stop_signals(bool hangup) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  if (hangup) sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGUSR2);  // our own: ends the watching
  return set;
}

}  // namespace

StopSignals::StopSignals(bool hangup) {
  sigset_t set = stop_signals(hangup);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

StopSignals::~StopSignals() {
  if (!watcher_.joinable()) return;
  pthread_kill(watcher_.native_handle(), SIGUSR2);
  watcher_.join();
}

void StopSignals::watch(std::function<void()> on_stop, std::function<void()> on_hangup) {
  watcher_ = std::thread([on_stop = std::move(on_stop), on_hangup = std::move(on_hangup)] {
    sigset_t set = stop_signals(on_hangup != nullptr);
    bool stopping = false;
    while (true) {
      int received = 0;
      if (sigwait(&set, &received) != 0 || received == SIGUSR2) return;
      if (received == SIGHUP) {
        on_hangup();
        continue;
      }
      if (std::exchange(stopping, true)) _exit(130);
      on_stop();
    }
  });
}

}  // namespace sapa
