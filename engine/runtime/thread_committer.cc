#include "engine/runtime/thread_committer.h"

#include <chrono>

namespace sapa {

ThreadCommitter::ThreadCommitter(Connection& connection)
    : connection_(connection), thread_([this] { run(); }) {}

ThreadCommitter::~ThreadCommitter() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ThreadCommitter::submit(std::unique_ptr<Epoch> epoch) {
  busy_ = true;
  {
    std::lock_guard lock(mutex_);
    waiting_ = std::move(epoch);
  }
  changed_.notify_all();
}

std::optional<Committer::Done> ThreadCommitter::poll() {
  if (!busy_) return std::nullopt;
  std::lock_guard lock(mutex_);
  if (!done_) return std::nullopt;
  busy_ = false;
  return std::exchange(done_, std::nullopt);
}

Committer::Done ThreadCommitter::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return done_.has_value(); });
  busy_ = false;
  Done done = std::move(*done_);
  done_.reset();
  return done;
}

void ThreadCommitter::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || waiting_ != nullptr; });
    if (waiting_ == nullptr) return;
    std::unique_ptr<Epoch> epoch = std::move(waiting_);
    lock.unlock();
    auto start = std::chrono::steady_clock::now();
    Status status = connection_.commit(*epoch);
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    lock.lock();
    done_ = Done{std::move(epoch), std::move(status), took.count()};
    changed_.notify_all();
    connection_.wake();
  }
}

}  // namespace sapa
