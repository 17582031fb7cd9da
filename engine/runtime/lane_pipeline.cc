#include "engine/runtime/lane_pipeline.h"

#include <system_error>

namespace sapa {

LanePipeline::LanePipeline(size_t helpers, size_t lanes, size_t slots, Work work)
    : work_(std::move(work)), slots_(slots), lanes_(lanes) {
  try {
    for (size_t i = 0; i < helpers; ++i) helpers_.emplace_back([this] { help(); });
  } catch (const std::system_error&) {
    // The system gives no more threads: then there are fewer.
  }
}

LanePipeline::~LanePipeline() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

void LanePipeline::put() {
  {
    std::lock_guard lock(mutex_);
    slot(put_) = {false, lanes_.size()};
    ++put_;
  }
  changed_.notify_all();
}

bool LanePipeline::ready() {
  std::lock_guard lock(mutex_);
  return oldest_is_done();
}

size_t LanePipeline::take() {
  std::unique_lock lock(mutex_);
  while (!oldest_is_done()) {
    if (!do_something(lock)) changed_.wait(lock);
  }
  return taken_++ % slots_.size();
}

void LanePipeline::help() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!do_something(lock)) changed_.wait(lock);
  }
}

/// The oldest item that a lane can work comes first, since it is still in the processor's cache.
/// False if there is nothing to do.
bool LanePipeline::do_something(std::unique_lock<std::mutex>& lock) {
  size_t first = lanes_.size();
  for (size_t lane = 0; lane < lanes_.size(); ++lane) {
    if (lanes_[lane].busy || lanes_[lane].next == opened_) continue;
    if (first == lanes_.size() || lanes_[lane].next < lanes_[first].next) first = lane;
  }
  if (first < lanes_.size()) {
    work(lock, first);
  } else if (preparing_ < put_) {
    prepare(lock);
  } else {
    return false;
  }
  changed_.notify_all();
  return true;
}

void LanePipeline::prepare(std::unique_lock<std::mutex>& lock) {
  const uint64_t item = preparing_++;
  lock.unlock();
  work_.prepare(item % slots_.size());
  lock.lock();
  slot(item).prepared = true;
  for (; opened_ < preparing_ && slot(opened_).prepared; ++opened_) {
    work_.open(opened_ % slots_.size());
  }
}

/// Works all that is open, so that there is something to do for a while even with many lanes.
void LanePipeline::work(std::unique_lock<std::mutex>& lock, size_t lane) {
  const uint64_t from = lanes_[lane].next, to = opened_;
  lanes_[lane].busy = true;
  lock.unlock();
  for (uint64_t item = from; item < to; ++item) work_.work(item % slots_.size(), lane);
  lock.lock();
  lanes_[lane] = {false, to};
  for (uint64_t item = from; item < to; ++item) --slot(item).lanes_left;
}

}  // namespace sapa
