// A shard that gets its state back from a changelog into a real store.
#include <algorithm>
#include <map>
#include <random>

#include <gmock/gmock.h>

#include "engine/customer/lent_store.h"
#include "engine/customer/rocks_options.h"
#include "engine/customer/rocks_store.h"
#include "tests/unit/customer_store/temporary_folder.h"
#include "tests/unit/runtime/fixture.h"

namespace sapa {
namespace {

constexpr const char* kWorkspace = R"(
policy: {timezone: Asia/Jakarta, locale: id-ID}
---
campaign: cart
channel: push
when: {event: Product Added, without: Order Completed, within: 30m, restart: true}
message: {title: Keranjang}
)";

struct Added {
  std::string who;
  int64_t second;
};

/// The changelog of a shard that commits after each of these events.
class Changelog {
 public:
  Changelog(const std::shared_ptr<const Workspace>& workspace, const std::vector<Added>& events)
      : shard_(0, 0, workspace, std::make_unique<MemoryStore>(), {}) {
    for (const auto& [who, second] : events) {
      auto epoch = epoch_number(epochs_.size() + 1);
      std::string event =
          track(who, "Product Added", at_second(second), "m" + std::to_string(epochs_.size()));
      EXPECT_TRUE(shard_
                      .on_record(record_item(shard_.next_offset(), event, at_second(second)),
                                 at_second(second), *epoch)
                      .ok());
      EXPECT_TRUE(shard_.take(*epoch));
      EXPECT_TRUE(shard_.committed(epoch->number, epoch->shards[0]).ok());
      epochs_.push_back(std::move(epoch));
    }
  }

  /// The epochs from `begin` to before `end`.
  Status replay(Shard& into, size_t begin = 0, size_t end = SIZE_MAX) const {
    for (size_t i = begin; i < std::min(end, epochs_.size()); ++i) {
      if (Status put = replay_customers(into, i); !put) return put;
      Status put = into.put_meta(epochs_[i]->shards[0].meta, static_cast<int64_t>(i + 1) * kApart);
      if (!put) return put;
    }
    return {};
  }
  /// One epoch without its end.
  Status replay_customers(Shard& into, size_t i) const {
    auto position = static_cast<int64_t>(i) * kApart;
    for (const CustomerChange& change : epochs_[i]->shards[0].changes) {
      Status put = into.put_customer(change.customer_id, change.bytes, ++position);
      if (!put) return put;
    }
    return {};
  }
  /// The epoch in which a position lies.
  static size_t epoch_at(int64_t position) {
    return static_cast<size_t>(std::max<int64_t>(position, 0) / kApart);
  }

  static constexpr int64_t kApart = 100;  ///< from epoch to epoch

 private:
  Shard shard_;
  std::vector<std::unique_ptr<Epoch>> epochs_;
};

std::vector<std::pair<int64_t, std::string>> timers_of(CustomerStore& store) {
  std::vector<std::pair<int64_t, std::string>> timers;
  EXPECT_TRUE(store
                  .timers_from({},
                               [&](const StoredTimer& timer) {
                                 timers.emplace_back(timer.due.ms, timer.customer_id);
                                 return true;
                               })
                  .ok());
  return timers;
}

TEST(ShardRestore, ACheckpointInTheMiddleLeavesNoTimersBehind) {
  auto workspace = workspace_of(kWorkspace);
  Changelog changelog(workspace, {{"u1", 0}, {"u1", 600}, {"u1", 1200}});
  TemporaryFolder folder;
  auto resources = std::make_shared<RocksResources>();
  RocksStoreSettings settings;
  settings.checkpoint_bytes = 0;  // after every epoch of the changelog
  {
    auto store = RocksStore::open(resources, folder.path(), settings);
    ASSERT_TRUE(store.ok());
    Shard shard(0, 3, workspace, std::move(*store), {});
    ASSERT_TRUE(changelog.replay(shard).ok());
    ASSERT_TRUE(shard.open().ok());
    ASSERT_TRUE(shard.checkpoint().ok());
  }
  auto store = RocksStore::open(resources, folder.path(), settings);
  ASSERT_TRUE(store.ok());
  EXPECT_THAT(timers_of(**store), testing::ElementsAre(testing::Pair(at_second(3000).ms, "u1")));
}

std::map<std::string, std::string> customers_of(CustomerStore& store) {
  std::map<std::string, std::string> customers;
  EXPECT_TRUE(store
                  .scan([&](std::string_view id, std::string_view bytes) {
                    EXPECT_TRUE(customers.emplace(id, bytes).second) << id;
                  })
                  .ok());
  return customers;
}

TEST(ShardRestore, InPiecesIsTheSameAsAtOnce) {
  auto workspace = workspace_of(kWorkspace);
  std::mt19937 random(11);
  std::vector<Added> events;
  for (int64_t second = 0; second < 1500; ++second) {
    events.push_back({"u" + std::to_string(random() % 200), second});
  }
  Changelog changelog(workspace, events);
  MemoryStore whole;
  {
    Shard shard(0, 1500, workspace, std::make_unique<LentStore>(whole), {});
    ASSERT_TRUE(changelog.replay(shard).ok());
    ASSERT_TRUE(shard.open().ok());
  }
  const auto customers = customers_of(whole);
  const auto timers = timers_of(whole);
  EXPECT_EQ(customers.size(), timers.size());
  for (int turn = 0; turn < 20; ++turn) {
    TemporaryFolder folder;
    RocksStoreSettings settings;
    settings.checkpoint_bytes = random() % 3 == 0 ? 0 : 20'000;
    ShardOptions options;
    options.replayed_at_once = random() % 3 == 0 ? options.replayed_at_once : random() % 5000;
    std::vector<size_t> cuts = {0, 1500};
    for (int i = 0; i < 3; ++i) cuts.push_back(random() % 1500);
    std::sort(cuts.begin(), cuts.end());
    for (size_t i = 0; i + 1 < cuts.size(); ++i) {
      auto store = RocksStore::open(std::make_shared<RocksResources>(), folder.path(), settings);
      ASSERT_TRUE(store.ok()) << store.error().message;
      // What a store does not know after a crash it is told again.
      const size_t known = Changelog::epoch_at((*store)->changelog_position());
      ASSERT_LE(known, cuts[i]);
      Shard shard(0, 1500, workspace, std::move(*store), options);
      ASSERT_TRUE(changelog.replay(shard, known, cuts[i + 1]).ok());
      ASSERT_TRUE(shard.open().ok());
      if (random() % 2 == 0) {
        ASSERT_TRUE(shard.checkpoint().ok());
      }
    }
    auto store = RocksStore::open(std::make_shared<RocksResources>(), folder.path(), settings);
    ASSERT_TRUE(store.ok());
    const size_t known = Changelog::epoch_at((*store)->changelog_position());
    Shard shard(0, 1500, workspace, std::make_unique<LentStore>(**store), options);
    ASSERT_TRUE(changelog.replay(shard, known).ok());
    ASSERT_TRUE(shard.open().ok());
    EXPECT_EQ(customers_of(**store), customers) << turn;
    EXPECT_EQ(timers_of(**store), timers) << turn;
  }
}

/// As Kafka's compaction leaves it: each customer's last record, and only the last epoch's end.
TEST(ShardRestore, ACompactedChangelogIsNotGatheredInMemory) {
  auto workspace = workspace_of(kWorkspace);
  std::vector<Added> events;
  for (int64_t i = 0; i < 2000; ++i) events.push_back({"u" + std::to_string(i), i});
  Changelog changelog(workspace, events);
  TemporaryFolder folder;
  RocksStoreSettings settings;
  settings.checkpoint_bytes = 10'000;
  ShardOptions options;
  options.replayed_at_once = 10'000;
  auto resources = std::make_shared<RocksResources>();
  int64_t half_way = 0;
  {
    auto store = RocksStore::open(resources, folder.path(), settings);
    ASSERT_TRUE(store.ok());
    RocksStore& seen = **store;
    Shard shard(0, 2000, workspace, std::move(*store), options);
    size_t most = 0;
    for (size_t i = 0; i < 1500; ++i) {
      ASSERT_TRUE(changelog.replay_customers(shard, i).ok());
      most = std::max(most, seen.pending_bytes());
    }
    // What is being written, what is gathered meanwhile, and the blocks that they lie in.
    EXPECT_LT(most, 400'000u);
    half_way = shard.changelog_position();
    EXPECT_GT(half_way, 1000 * Changelog::kApart);
  }
  // The process died. What was on the disk is not asked for again.
  auto store = RocksStore::open(resources, folder.path(), settings);
  ASSERT_TRUE(store.ok());
  EXPECT_TRUE((*store)->restoring());
  EXPECT_EQ((*store)->meta(), "");
  Shard shard(0, 2000, workspace, std::make_unique<LentStore>(**store), options);
  const int64_t known = shard.changelog_position();
  EXPECT_LE(known, half_way);
  for (size_t i = Changelog::epoch_at(known); i < 1999; ++i) {
    ASSERT_TRUE(changelog.replay_customers(shard, i).ok());
  }
  ASSERT_TRUE(changelog.replay(shard, 1999).ok());
  ASSERT_TRUE(shard.open().ok());
  EXPECT_EQ(customers_of(**store).size(), 2000u);
  EXPECT_EQ(timers_of(**store).size(), 1800u) << "those of the first 200 have fired";
  EXPECT_EQ(shard.changelog_position(), 2000 * Changelog::kApart);
}

}  // namespace
}  // namespace sapa
