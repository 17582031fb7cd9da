#include "engine/runtime/thread_opener.h"

namespace sapa {
namespace {

constexpr size_t kThreads = 2;

}  // namespace

ThreadOpener::ThreadOpener(std::function<void()> wake) : wake_(std::move(wake)) {}

ThreadOpener::~ThreadOpener() { cancel(); }

void ThreadOpener::open(int32_t partition, Job job) {
  bool another;
  {
    std::lock_guard lock(mutex_);
    waiting_.emplace_back(partition, std::move(job));
    another = waiting_.size() + under_way_ > threads_.size() && threads_.size() < kThreads;
  }
  if (another) {
    threads_.emplace_back([this](std::stop_token stop) { run(stop); });
  }
  changed_.notify_one();
}

void ThreadOpener::run(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
    auto [partition, job] = std::move(waiting_.front());
    waiting_.pop_front();
    ++under_way_;
    lock.unlock();
    auto shard = job(stop);
    lock.lock();
    --under_way_;
    opened_.push_back({partition, std::move(shard)});
    if (!stop.stop_requested()) wake_();
  }
}

std::optional<Opener::Opened> ThreadOpener::poll() {
  std::lock_guard lock(mutex_);
  if (opened_.empty()) return std::nullopt;
  Opened opened = std::move(opened_.front());
  opened_.pop_front();
  return opened;
}

void ThreadOpener::cancel() {
  {
    std::lock_guard lock(mutex_);
    waiting_.clear();
  }
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();  // joins
  std::lock_guard lock(mutex_);
  opened_.clear();
}

}  // namespace sapa
