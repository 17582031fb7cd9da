#include "engine/runtime/live_workspace.h"

#include <chrono>

#include "engine/runtime/customer_table.h"

namespace sapa {

LiveWorkspace::LiveWorkspace(std::shared_ptr<const Workspace> workspace) {
  rules_.layout = std::make_shared<const RecordLayout>(record_layout(*workspace));
  rules_.workspace = std::move(workspace);
  rules_.version = version_;
}

Rules LiveWorkspace::current() const {
  std::lock_guard lock(mutex_);
  return rules_;
}

uint64_t LiveWorkspace::replace(std::shared_ptr<const Workspace> workspace) {
  auto layout = std::make_shared<const RecordLayout>(record_layout(*workspace));
  std::lock_guard lock(mutex_);
  rules_.workspace = std::move(workspace);
  rules_.layout = std::move(layout);
  version_ = ++rules_.version;
  return rules_.version;
}

uint64_t LiveWorkspace::set_killed(KilledCampaigns killed) {
  auto shared = std::make_shared<const KilledCampaigns>(std::move(killed));
  std::lock_guard lock(mutex_);
  rules_.killed = std::move(shared);
  version_ = ++rules_.version;
  return rules_.version;
}

void LiveWorkspace::adopted(const void* worker, uint64_t version) {
  std::lock_guard lock(mutex_);
  workers_[worker] = version;
  changed_.notify_all();
}

void LiveWorkspace::forget(const void* worker) {
  std::lock_guard lock(mutex_);
  workers_.erase(worker);
  changed_.notify_all();
}

LiveWorkspace::Progress LiveWorkspace::progress(uint64_t version) const {
  Progress progress;
  for (const auto& [worker, adopted] : workers_) {
    progress.workers += 1;
    progress.switched += adopted >= version;
  }
  return progress;
}

LiveWorkspace::Progress LiveWorkspace::wait_until_adopted(uint64_t version,
                                                          Duration patience) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(patience.ms),
                    [&] { return progress(version).complete(); });
  return progress(version);
}

}  // namespace sapa
