#include "engine/customer/rocks_store_factory.h"

#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <rocksdb/env.h>

#include "engine/customer/rocks_options.h"

namespace sapa {
namespace {

namespace fs = std::filesystem;

constexpr auto kLookEvery = std::chrono::minutes(1);
constexpr std::string_view kAside = ".damaged";

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

/// When anything in the folder was last written.
fs::file_time_type last_used(const fs::path& folder) {
  std::error_code failed;
  fs::file_time_type latest = fs::last_write_time(folder, failed);
  if (failed) return fs::file_time_type::clock::now();
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    auto written = entry.last_write_time(failed);
    if (!failed) latest = std::max(latest, written);
  }
  return latest;
}

}  // namespace

RocksStoreFactory::RocksStoreFactory(std::shared_ptr<RocksResources> resources,
                                     std::string state_dir, std::string name,
                                     StateFolderSettings settings)
    : resources_(std::move(resources)),
      state_dir_(std::move(state_dir)),
      name_(std::move(name)),
      settings_(std::move(settings)) {
  housekeeper_ = std::jthread([this](std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      changed_.wait_for(lock, stop, kLookEvery, [] { return false; });
      if (stop.stop_requested()) return;
      lock.unlock();
      delete_unused();
      lock.lock();
    }
  });
}

RocksStoreFactory::~RocksStoreFactory() = default;

std::string RocksStoreFactory::folder(int32_t partition) const {
  return state_dir_ + "/" + name_ + "-" + std::to_string(partition);
}

Result<std::unique_ptr<CustomerStore>> RocksStoreFactory::open(int32_t partition) {
  {
    std::lock_guard lock(mutex_);
    ++open_[partition];
  }
  RocksStoreSettings settings = settings_.store;
  settings.closed = [this, partition] { release(partition); };
  const fs::path mark = fs::path(folder(partition)) / kDamagedFile;
  for (int attempt = 0;; ++attempt) {
    Status status;
    if (!fs::exists(mark)) {
      auto store = RocksStore::open(resources_, folder(partition), settings);
      if (store.ok()) return std::unique_ptr<CustomerStore>(std::move(*store));
      status = store.error();
    }
    if (fs::exists(mark) && attempt == 0) status = set_aside(partition, first_line(mark));
    if (status) continue;
    release(partition);
    return status.error();
  }
}

/// Who still has it open goes on writing files there by name; so it is locked as if to be opened.
Status RocksStoreFactory::set_aside(int32_t partition, const std::string& why) {
  const std::string from = folder(partition), to = from + std::string(kAside);
  rocksdb::Env* env = resources_->cache_database().env;
  rocksdb::FileLock* lock = nullptr;
  if (auto locked = env->LockFile(from + "/LOCK", &lock); !locked.ok()) {
    return rocks_error(locked, "setting the damaged store aside", from, /*rebuildable=*/true);
  }
  std::error_code failed;
  fs::remove_all(to, failed);
  fs::rename(from, to, failed);
  env->UnlockFile(lock);
  if (failed) {
    return environment_error("can't set the damaged store " + from + " aside: " + failed.message() +
                                 ". Delete it: its state is rebuilt from the changelog",
                             false);
  }
  if (settings_.set_aside) settings_.set_aside(partition, why, to);
  return {};
}

void RocksStoreFactory::release(int32_t partition) {
  std::error_code ignored;
  fs::last_write_time(folder(partition), fs::file_time_type::clock::now(), ignored);
  std::lock_guard lock(mutex_);
  if (auto held = open_.find(partition); --held->second == 0) open_.erase(held);
}

void RocksStoreFactory::delete_unused() {
  std::error_code failed;
  const std::string prefix = name_ + "-";
  for (const auto& entry : fs::directory_iterator(state_dir_, failed)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !entry.is_directory(failed)) continue;
    int32_t partition = -1;
    const char* end = name.data() + name.size();
    auto [rest, error] = std::from_chars(name.data() + prefix.size(), end, partition);
    const bool aside = std::string_view(rest, end) == kAside;
    if (error != std::errc() || (rest != end && !aside)) continue;
    const auto age = fs::file_time_type::clock::now() - last_used(entry.path());
    if (age < std::chrono::milliseconds(settings_.keep.ms)) continue;
    // Under the lock, so that nobody opens it meanwhile.
    std::lock_guard lock(mutex_);
    if (!aside && open_.contains(partition)) continue;
    fs::remove_all(entry.path(), failed);
  }
}

}  // namespace sapa
