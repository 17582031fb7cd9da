#include "tests/simulation/sim_opener.h"

namespace sapa::simulation {

void SimOpener::open(int32_t partition, Job job) {
  Task& task = tasks_.emplace_back();
  task.partition = partition;
  task.fiber = std::make_unique<Fiber>(
      [&task, job = std::move(job)] { task.shard.emplace(job(task.stop.get_token())); });
}

size_t SimOpener::under_way() const {
  size_t count = 0;
  for (const Task& task : tasks_) count += !task.fiber->done();
  return count;
}

void SimOpener::step(size_t index) {
  for (Task& task : tasks_) {
    if (task.fiber->done() || index-- > 0) continue;
    return task.fiber->resume();
  }
}

std::optional<Opener::Opened> SimOpener::poll() {
  for (auto at = tasks_.begin(); at != tasks_.end(); ++at) {
    if (!at->fiber->done()) continue;
    Opened opened{at->partition, std::move(*at->shard)};
    tasks_.erase(at);
    return opened;
  }
  return std::nullopt;
}

void SimOpener::cancel() {
  for (Task& task : tasks_) {
    task.stop.request_stop();
    while (!task.fiber->done()) task.fiber->resume();
  }
  tasks_.clear();
}

}  // namespace sapa::simulation
