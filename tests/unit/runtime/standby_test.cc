// Warm standbys over a changelog that is a list in memory.
#include "engine/runtime/standby.h"

#include <chrono>
#include <deque>

#include <gtest/gtest.h>

#include "engine/customer/lent_store.h"
#include "engine/customer/memory_store.h"
#include "tests/unit/runtime/fixture.h"

namespace sapa {
namespace {

using namespace std::chrono_literals;

/// What the tail gives, and what it was asked; outlives the tails.
struct Changelog {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<int32_t> candidates;
  std::map<int32_t, std::vector<std::string>> metas;  // by partition; the position is the index + 1
  std::map<int32_t, int64_t> followed;                // with the position that was asked for
  int tails = 0;
  bool broken = false;
};

class FakeTail final : public ChangelogTail {
 public:
  explicit FakeTail(Changelog& log) : log_(log) {
    std::lock_guard lock(log.mutex);
    ++log.tails;
  }
  Result<std::vector<int32_t>> candidates(int) override {
    std::lock_guard lock(log_.mutex);
    return log_.candidates;
  }
  Status follow(std::span<const Position> positions) override {
    std::lock_guard lock(log_.mutex);
    log_.followed.clear();
    for (const Position& at : positions) log_.followed[at.partition] = at.position;
    next_ = log_.followed;
    return {};
  }
  Status poll(Duration, const std::function<StateSink&(int32_t)>& sink_of,
              const std::function<void(int32_t, const Error&)>& failed) override {
    std::unique_lock lock(log_.mutex);
    if (log_.broken) return environment_error("the broker went away");
    for (auto& [partition, next] : next_) {
      const auto& metas = log_.metas[partition];
      for (next = std::max<int64_t>(next, 0); next < static_cast<int64_t>(metas.size());) {
        Status put = sink_of(partition).put_meta(metas[static_cast<size_t>(next)], next + 1);
        ++next;
        if (put) continue;
        failed(partition, put.error());
        break;
      }
    }
    log_.changed.wait_for(lock, 2ms);
    return {};
  }
  int64_t lag(int32_t) const override { return 0; }

 private:
  Changelog& log_;
  std::map<int32_t, int64_t> next_;
};

/// Refuses to open a store twice at the same time, as RocksDB does.
class OnceOpenStores final : public StoreFactory {
 public:
  Result<std::unique_ptr<CustomerStore>> open(int32_t partition) override {
    if (open_[partition].exchange(true)) return internal_error("opened twice");
    return std::unique_ptr<CustomerStore>(
        std::make_unique<LentStore>(std::make_unique<LentStore>(stores_[partition]),
                                    [this, partition] { open_[partition] = false; }));
  }

 private:
  std::array<MemoryStore, 4> stores_;
  std::array<std::atomic<bool>, 4> open_{};
};

class StandbyTest : public testing::Test {
 protected:
  StandbyTest() {
    log_.candidates = {0, 1};
    for (int32_t partition : {0, 1}) append(partition, "first");
  }
  void append(int32_t partition, std::string meta) {
    std::lock_guard lock(log_.mutex);
    log_.metas[partition].push_back(std::move(meta));
  }
  template <typename Condition>
  bool soon(Condition condition) {
    auto until = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < until) {
      {
        std::lock_guard lock(log_.mutex);
        if (condition()) return true;
      }
      std::this_thread::sleep_for(1ms);
    }
    return false;
  }
  void start() {
    standby_ = std::make_unique<StandbyStores>(
        StandbyOptions{}, workspace_of("policy: {timezone: Asia/Jakarta}"), stores_, telemetry_,
        [this]() -> Result<std::unique_ptr<ChangelogTail>> {
          return std::unique_ptr<ChangelogTail>(std::make_unique<FakeTail>(log_));
        });
    standby_->start();
  }
  bool follows(std::set<int32_t> partitions) {
    return soon([&] {
      std::set<int32_t> followed;
      for (auto& [partition, position] : log_.followed) followed.insert(partition);
      return followed == partitions;
    });
  }

  Changelog log_;
  OnceOpenStores stores_;
  prometheus::Registry registry_;
  Telemetry telemetry_{registry_};
  std::unique_ptr<StandbyStores> standby_;
};

TEST_F(StandbyTest, HandsAStoreOverWithWhatItHasRead) {
  start();
  ASSERT_TRUE(follows({0, 1}));
  append(0, "second");
  std::this_thread::sleep_for(100ms);
  auto store = standby_->open(0);
  ASSERT_TRUE(store.ok()) << store.error().message;
  EXPECT_EQ((*store)->changelog_position(), 2);
  EXPECT_EQ((*store)->meta(), "second");
  EXPECT_TRUE(follows({1})) << "what a worker owns is not followed";
}

TEST_F(StandbyTest, FollowsAgainWhatAWorkerHasGivenUp) {
  start();
  {
    auto store = standby_->open(1);
    ASSERT_TRUE(store.ok());
    ASSERT_TRUE((*store)->apply_meta("by the worker", 5).ok());
    ASSERT_TRUE(follows({0}));
  }
  ASSERT_TRUE(follows({0, 1}));
  std::lock_guard lock(log_.mutex);
  EXPECT_EQ(log_.followed[1], 5) << "from where the worker left off";
}

TEST_F(StandbyTest, BeginsAgainAfterTheConnectionBroke) {
  start();
  ASSERT_TRUE(follows({0, 1}));
  {
    std::lock_guard lock(log_.mutex);
    log_.broken = true;
  }
  ASSERT_TRUE(soon([&] { return log_.tails == 2; }));
  {
    std::lock_guard lock(log_.mutex);
    log_.broken = false;
    log_.followed.clear();
  }
  EXPECT_TRUE(follows({0, 1}));
}

TEST_F(StandbyTest, WorkersGetTheirStoresWhateverTheStandbyIsDoing) {
  start();
  for (int round = 0; round < 50; ++round) {
    auto store = standby_->open(round % 2);
    ASSERT_TRUE(store.ok()) << store.error().message;
    std::this_thread::sleep_for(std::chrono::milliseconds(round % 7));
  }
}

}  // namespace
}  // namespace sapa
