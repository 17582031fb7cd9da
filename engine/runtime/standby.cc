#include "engine/runtime/standby.h"

#include <chrono>

#include <spdlog/spdlog.h>

#include "engine/customer/lent_store.h"

namespace sapa {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kChooseEvery = std::chrono::seconds(5);
constexpr auto kPauseAfterTrouble = std::chrono::seconds(1);
constexpr Duration kPollTime = milliseconds(100);

}  // namespace

StandbyStores::StandbyStores(StandbyOptions options, std::shared_ptr<const Workspace> workspace,
                             StoreFactory& stores, Telemetry& telemetry, Connect connect)
    : options_(std::move(options)),
      stores_(stores),
      telemetry_(telemetry),
      connect_(std::move(connect)) {
  rules_.workspace = std::move(workspace);
}

StandbyStores::~StandbyStores() = default;

void StandbyStores::start() {
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

Result<std::unique_ptr<CustomerStore>> StandbyStores::open(int32_t partition) {
  auto store = take_over(partition);
  if (!store) {
    release(partition);
    return store.error();
  }
  return std::unique_ptr<CustomerStore>(
      std::make_unique<LentStore>(std::move(*store), [this, partition] { release(partition); }));
}

Result<std::unique_ptr<CustomerStore>> StandbyStores::take_over(int32_t partition) {
  std::unique_lock lock(mutex_);
  claimed_.insert(partition);
  changed_.wait(lock, [&] { return !followed_.contains(partition); });
  if (auto ready = handed_over_.extract(partition)) return std::move(ready.mapped());
  lock.unlock();
  return stores_.open(partition);
}

void StandbyStores::release(int32_t partition) {
  std::lock_guard lock(mutex_);
  claimed_.erase(partition);
}

void StandbyStores::run(std::stop_token stop) {
  std::string trouble;
  while (!stop.stop_requested()) {
    auto tail = connect_();
    Status status = tail ? follow_until_broken(**tail, stop) : Status(tail.error());
    while (!shards_.empty()) drop(shards_.begin()->first);
    if (status) continue;
    if (status.error().message != trouble) {
      spdlog::warn("standby: {}; trying again", status.error().message);
    }
    trouble = status.error().message;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, kPauseAfterTrouble, [] { return false; });
  }
}

Status StandbyStores::follow_until_broken(ChangelogTail& tail, const std::stop_token& stop) {
  std::set<int32_t> candidates;
  auto chosen_at = Clock::time_point();
  while (!stop.stop_requested()) {
    if (Clock::now() - chosen_at > kChooseEvery) {
      chosen_at = Clock::now();
      auto found = tail.candidates(options_.replicas);
      if (!found) return found.error();
      candidates = {found->begin(), found->end()};
      publish(tail);
    }
    let_go_of_claimed();
    keep_up_with_workspace();
    choose(candidates);
    if (std::exchange(changed_set_, false)) {
      if (Status begun = begin(tail); !begun) return begun;
    }
    Status polled = tail.poll(
        kPollTime, [this](int32_t partition) -> StateSink& { return *shards_.at(partition); },
        [this](int32_t partition, const Error& error) {
          spdlog::warn("partition {}: its standby begins again: {}", partition, error.message);
          drop(partition);
        });
    if (!polled) return polled;
  }
  return {};
}

/// Opens and closes stores until exactly the candidates that no worker of ours has claimed are
/// followed. One that can't be opened is no candidate until the next look.
void StandbyStores::choose(std::set<int32_t>& candidates) {
  std::vector<int32_t> followed;
  for (const auto& [partition, shard] : shards_) followed.push_back(partition);
  for (const int32_t partition : followed) {
    if (!candidates.contains(partition)) drop(partition);
  }
  for (auto it = candidates.begin(); it != candidates.end();) {
    const int32_t partition = *it++;
    {
      std::lock_guard lock(mutex_);
      if (claimed_.contains(partition) || !followed_.insert(partition).second) continue;
    }
    changed_set_ = true;
    auto store = stores_.open(partition);
    if (store) {
      shards_[partition] = std::make_unique<Shard>(partition, 0, rules_.workspace,
                                                   std::move(*store), options_.shard);
    } else {
      spdlog::warn("partition {}: no standby: {}", partition, store.error().message);
      drop(partition);
      candidates.erase(partition);
    }
  }
}

Status StandbyStores::begin(ChangelogTail& tail) {
  std::vector<ChangelogTail::Position> positions;
  for (const auto& [partition, shard] : shards_) {
    positions.push_back({partition, shard->changelog_position()});
  }
  return tail.follow(positions);
}

void StandbyStores::let_go_of_claimed() {
  std::vector<int32_t> wanted;
  {
    std::lock_guard lock(mutex_);
    for (const int32_t partition : claimed_) {
      if (followed_.contains(partition)) wanted.push_back(partition);
    }
  }
  for (const int32_t partition : wanted) {
    if (auto shard = shards_.find(partition); shard != shards_.end()) {
      // Open as it is: closing and opening it would take longer than all the rest of a take-over.
      auto store = Shard::into_store(std::move(shard->second));
      if (store) {
        std::lock_guard lock(mutex_);
        handed_over_[partition] = std::move(*store);
      } else {
        spdlog::warn("partition {}: {}", partition, store.error().message);
      }
    }
    drop(partition);
  }
}

void StandbyStores::keep_up_with_workspace() {
  if (options_.live == nullptr || options_.live->version() == rules_.version) return;
  rules_ = options_.live->current();
  for (auto& [partition, shard] : shards_) shard->adopt(rules_);
}

void StandbyStores::drop(int32_t partition) {
  changed_set_ = true;
  shards_.erase(partition);
  telemetry_.remove_standby(partition);
  {
    std::lock_guard lock(mutex_);
    followed_.erase(partition);
  }
  changed_.notify_all();
}

void StandbyStores::publish(const ChangelogTail& tail) const {
  for (const auto& [partition, shard] : shards_) {
    telemetry_.set_standby(partition, tail.lag(partition));
  }
}

}  // namespace sapa
