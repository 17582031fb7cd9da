// What lies on disk: checkpoints, crashes, damage.
#include "engine/customer/rocks_store.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "engine/customer/rocks_options.h"
#include "engine/customer/timer_key.h"
#include "tests/unit/customer_store/child_process.h"
#include "tests/unit/customer_store/raw_store.h"
#include "tests/unit/customer_store/temporary_folder.h"

namespace sapa {
namespace {

std::unique_ptr<RocksStore> open(const std::string& folder, RocksStoreSettings settings = {}) {
  auto opened = RocksStore::open(std::make_shared<RocksResources>(), folder, settings);
  EXPECT_TRUE(opened.ok()) << opened.error().message;
  return opened.ok() ? std::move(*opened) : nullptr;
}

std::vector<int64_t> timers_of(CustomerStore& store) {
  std::vector<int64_t> timers;
  EXPECT_TRUE(store
                  .timers_from({},
                               [&](const StoredTimer& timer) {
                                 timers.push_back(timer.due.ms);
                                 return true;
                               })
                  .ok());
  return timers;
}

bool has(CustomerStore& store, const std::string& id) {
  std::string bytes;
  auto found = store.get(id, bytes);
  return found.ok() && *found;
}

TEST(TimerKey, OrdersAsTimeDoes) {
  std::string before;
  for (int64_t ms : {Timestamp::beginning().ms, int64_t{-1}, int64_t{0}, int64_t{1},
                     int64_t{1} << 40, Timestamp::never().ms}) {
    std::string key;
    append_timer_key({ms}, "ani", key);
    EXPECT_LT(before, key);
    before = key;
    Timestamp due;
    std::string_view id;
    ASSERT_TRUE(read_timer_key(key, due, id));
    EXPECT_EQ(due.ms, ms);
    EXPECT_EQ(id, "ani");
  }
}

TEST(RocksStore, KeepsWhatACheckpointWroteAndForgetsTheRest) {
  TemporaryFolder folder;
  {
    auto store = open(folder.path());
    ASSERT_TRUE(store->apply({"ani", "1", {10}, Timestamp::never()}).ok());
    ASSERT_TRUE(store->apply_meta("m", 7).ok());
    ASSERT_TRUE(store->checkpoint(true).ok());
    ASSERT_TRUE(store->apply({"budi", "1"}).ok());
    ASSERT_TRUE(store->apply_meta("n", 9).ok());
  }
  auto store = open(folder.path());
  EXPECT_TRUE(has(*store, "ani"));
  EXPECT_FALSE(has(*store, "budi"));
  EXPECT_EQ(store->changelog_position(), 7);
  EXPECT_EQ(store->meta(), "m");
  EXPECT_EQ(timers_of(*store), std::vector<int64_t>{10});
}

TEST(RocksStore, WritesNothingThatHasNoPosition) {
  TemporaryFolder folder;
  {
    auto store = open(folder.path());
    ASSERT_TRUE(store->apply({"ani", "1", {10}, Timestamp::never()}).ok());
    ASSERT_TRUE(store->checkpoint(true).ok());
    EXPECT_TRUE(has(*store, "ani"));
  }
  auto store = open(folder.path());
  EXPECT_EQ(store->changelog_position(), -1);
  EXPECT_FALSE(has(*store, "ani"));
  // It comes again, with another timer: there is one entry.
  ASSERT_TRUE(store->apply({"ani", "2", {20}, Timestamp::never()}).ok());
  ASSERT_TRUE(store->apply_meta("m", 7).ok());
  ASSERT_TRUE(store->checkpoint(true).ok());
  EXPECT_EQ(timers_of(*store), std::vector<int64_t>{20});
}

TEST(RocksStore, WaitsUntilACheckpointIsWorthIt) {
  TemporaryFolder folder;
  RocksStoreSettings settings;
  settings.checkpoint_bytes = 4096;
  settings.checkpoint_every = hours(1);
  auto store = open(folder.path(), settings);
  ASSERT_TRUE(store->end_restore().ok());
  ASSERT_TRUE(store->apply({"ani", "1"}).ok());
  ASSERT_TRUE(store->apply_meta("m", 1).ok());
  ASSERT_TRUE(store->checkpoint(false).ok());
  EXPECT_GT(store->pending_bytes(), 0u);
  ASSERT_TRUE(store->apply({"ani", std::string(5000, 'x')}).ok());
  ASSERT_TRUE(store->checkpoint(false).ok());
  EXPECT_TRUE(timers_of(*store).empty());  // waits for what is being written
  EXPECT_EQ(store->pending_bytes(), 0u);
}

TEST(RocksStore, WritesACheckpointAfterSomeTime) {
  TemporaryFolder folder;
  RocksStoreSettings settings;
  settings.checkpoint_every = milliseconds(20);
  auto store = open(folder.path(), settings);
  ASSERT_TRUE(store->end_restore().ok());
  ASSERT_TRUE(store->apply({"ani", "1"}).ok());
  ASSERT_TRUE(store->apply_meta("m", 1).ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  ASSERT_TRUE(store->checkpoint(false).ok());
  EXPECT_TRUE(timers_of(*store).empty());
  EXPECT_EQ(store->pending_bytes(), 0u);
}

TEST(RocksStore, CountsACustomerChangedOftenOnce) {
  TemporaryFolder folder;
  auto store = open(folder.path());
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(store->apply({"ani", std::string(100, 'x'), {i}, {i - 1}}).ok());
  }
  EXPECT_LT(store->pending_bytes(), 1000u);
}

TEST(RocksStore, RefusesAnotherFormatAndNamesTheRemedy) {
  TemporaryFolder folder;
  {
    auto store = open(folder.path());
    ASSERT_TRUE(store->apply_meta("m", 1).ok());
    ASSERT_TRUE(store->checkpoint(true).ok());
  }
  put_raw(folder.path(), "meta", "format", "99");
  auto opened = RocksStore::open(std::make_shared<RocksResources>(), folder.path());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().fault, Fault::kEnvironment);
  EXPECT_TRUE(opened.error().retriable);
  EXPECT_NE(opened.error().message.find("format \"99\""), std::string::npos);
  EXPECT_NE(opened.error().message.find("set aside"), std::string::npos);
}

TEST(RocksStore, ReportsADamagedFolder) {
  TemporaryFolder folder;
  { ASSERT_TRUE(open(folder.path())); }
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    if (entry.path().filename().string().rfind("MANIFEST", 0) != 0) continue;
    std::ofstream(entry.path(), std::ios::trunc) << "this is no manifest at all, not even nearly";
  }
  auto opened = RocksStore::open(std::make_shared<RocksResources>(), folder.path());
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message.find("set aside"), std::string::npos) << opened.error().message;
}

TEST(RocksStore, AFolderThatAnotherWorkerOfTheProcessHasOpenMayBeTriedAgain) {
  TemporaryFolder folder;
  auto store = open(folder.path());
  auto second = RocksStore::open(std::make_shared<RocksResources>(), folder.path());
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("Another worker of this process"), std::string::npos)
      << second.error().message;
  EXPECT_TRUE(second.error().retriable);
}

TEST(RocksStore, CanBeInspectedWhileItIsOpen) {
  TemporaryFolder folder;
  {
    auto before = open(folder.path());
    ASSERT_TRUE(before->apply({"ani", "1"}).ok());
    ASSERT_TRUE(before->apply_meta("m", 1).ok());
    ASSERT_TRUE(before->checkpoint(true).ok());
  }
  auto running = open(folder.path());
  auto reader = RocksStore::open_read_only(std::make_shared<RocksResources>(), folder.path());
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  EXPECT_TRUE(has(**reader, "ani"));
}

TEST(RocksStore, TellsItsFigures) {
  TemporaryFolder folder;
  auto resources = std::make_shared<RocksResources>(RocksSettings{size_t{32} << 20, 1});
  auto store = RocksStore::open(resources, folder.path());
  ASSERT_TRUE(store.ok());
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE((*store)->apply({"c" + std::to_string(i), std::string(200, 'x')}).ok());
  }
  ASSERT_TRUE((*store)->apply_meta("m", 1000).ok());
  EXPECT_GT((*store)->figures().pending_bytes, 200'000u);
  ASSERT_TRUE((*store)->checkpoint(true).ok());
  StoreFigures figures = (*store)->figures();
  EXPECT_EQ(figures.pending_bytes, 0u);
  EXPECT_GT(figures.sst_bytes, 1'000u);
  EXPECT_EQ(figures.estimated_customers, 1000u);
  RocksMemory memory = resources->memory();
  EXPECT_EQ(memory.capacity, size_t{32} << 20);
  EXPECT_GT(memory.cached, 0u);
  EXPECT_GE(memory.cached, memory.write_buffers);
}

/// The number of the checkpoint that the store is as of; -1: of none.
int64_t the_checkpoint_of(CustomerStore& store) {
  const int64_t n = store.changelog_position();
  if (n < 0) return n;
  EXPECT_EQ(store.meta(), std::to_string(n));
  int customers = 0;
  EXPECT_TRUE(store
                  .scan([&](std::string_view, std::string_view bytes) {
                    ++customers;
                    EXPECT_EQ(bytes.substr(0, bytes.find(',')), std::to_string(n));
                  })
                  .ok());
  EXPECT_EQ(customers, 20);
  EXPECT_EQ(timers_of(store), std::vector<int64_t>(20, n));
  return n;
}

// Whatever checkpoint survives a kill, all of it must survive and nothing of later ones.
TEST(RocksStore, IsAsOfOneCheckpointAfterBeingKilledAtAnyMoment) {
  TemporaryFolder folder;
  std::mt19937 random(3);
  int64_t last = -1;
  for (int round = 0; round < 8; ++round) {
    ChildProcess writer(CHECKPOINT_WRITER, folder.path());
    ASSERT_EQ(writer.read_some(), "x") << "the writer did not start";
    std::this_thread::sleep_for(std::chrono::milliseconds(50 + random() % 400));
    writer.kill_now();

    auto store = open(folder.path());
    ASSERT_TRUE(store);
    const int64_t n = the_checkpoint_of(*store);
    EXPECT_GE(n, last);
    last = n;
  }
  EXPECT_GT(last, 0) << "no checkpoint was ever written: the test proved nothing";
}

TEST(RocksStore, IsAsOfOneCheckpointAfterBeingKilledWhileItIsRestored) {
  std::mt19937 random(4);
  int64_t furthest = -1;
  for (int round = 0; round < 8; ++round) {
    TemporaryFolder folder;
    ChildProcess writer(CHECKPOINT_WRITER, folder.path(), "restore");
    ASSERT_EQ(writer.read_some(), "x") << "the writer did not start";
    std::this_thread::sleep_for(std::chrono::milliseconds(50 + random() % 400));
    writer.kill_now();
    auto store = open(folder.path());
    ASSERT_TRUE(store);
    furthest = std::max(furthest, the_checkpoint_of(*store));
  }
  EXPECT_GT(furthest, 0) << "no batch was ever written: the test proved nothing";
}

TEST(RocksStore, ARestoreThatWasInterruptedIsStillOne) {
  TemporaryFolder folder;
  RocksStoreSettings settings;
  settings.checkpoint_bytes = 1;
  {
    auto store = open(folder.path(), settings);
    EXPECT_TRUE(store->restoring());
    for (int64_t i = 1; i <= 3; ++i) {
      ASSERT_TRUE(store->apply({"c" + std::to_string(i), "1"}).ok());
      ASSERT_TRUE(store->apply_meta("m", i).ok());
      ASSERT_TRUE(store->checkpoint(false).ok());
    }
  }
  {
    auto store = open(folder.path(), settings);
    EXPECT_GT(store->changelog_position(), 0);
    EXPECT_TRUE(store->restoring());
    ASSERT_TRUE(store->end_restore().ok());
    EXPECT_FALSE(store->restoring());
  }
  auto store = open(folder.path());
  EXPECT_FALSE(store->restoring());
  EXPECT_GT(store->changelog_position(), 0);
  EXPECT_TRUE(has(*store, "c1"));
}

// Batches overlap: customers come again, change their timers, and are forgotten.
TEST(RocksStore, ARestoreInManyBatchesLeavesTheLatestOfEachCustomer) {
  TemporaryFolder folder;
  RocksStoreSettings settings;
  settings.checkpoint_bytes = 1000;
  std::mt19937 random(5);
  std::map<std::string, std::pair<std::string, Timestamp>> expected;
  const auto check = [&](CustomerStore& store) {
    std::map<std::string, std::string> found, wanted;
    std::vector<int64_t> dues;
    ASSERT_TRUE(store
                    .scan([&](std::string_view id, std::string_view bytes) {
                      EXPECT_TRUE(found.emplace(id, bytes).second);
                    })
                    .ok());
    for (const auto& [id, customer] : expected) {
      std::string bytes;
      ASSERT_TRUE(*store.get(id, bytes)) << id;
      EXPECT_EQ(bytes, customer.first);
      wanted.emplace(id, customer.first);
      if (customer.second != Timestamp::never()) dues.push_back(customer.second.ms);
    }
    std::sort(dues.begin(), dues.end());
    EXPECT_EQ(found, wanted);
    EXPECT_EQ(timers_of(store), dues);
  };
  int64_t position = 0;
  {
    auto store = open(folder.path(), settings);
    const auto put = [&] {
      const std::string id = "c" + std::to_string(random() % 300);
      auto known = expected.find(id);
      const Timestamp earlier = known == expected.end() ? Timestamp::never() : known->second.second;
      Timestamp due{static_cast<int64_t>(random() % 1000)};
      if (random() % 4 == 0) due = Timestamp::never();
      if (random() % 10 == 0) {
        ASSERT_TRUE(store->apply({id, "", Timestamp::never(), earlier}).ok());
        expected.erase(id);
      } else {
        const std::string bytes = std::to_string(position) + std::string(random() % 50, 'x');
        ASSERT_TRUE(store->apply({id, bytes, due, earlier}).ok());
        expected[id] = {bytes, due};
      }
      ASSERT_TRUE(store->apply_meta("m" + std::to_string(position), position).ok());
      ++position;
    };
    for (int i = 0; i < 3000; ++i) {
      put();
      ASSERT_TRUE(store->checkpoint(false).ok());
      std::string bytes;
      const auto& [id, customer] = *expected.begin();
      ASSERT_TRUE(*store->get(id, bytes));
      ASSERT_EQ(bytes, customer.first);
    }
    check(*store);
    ASSERT_TRUE(store->end_restore().ok());
    for (int i = 0; i < 300; ++i) put();
    check(*store);
    ASSERT_TRUE(store->checkpoint(true).ok());
    check(*store);
  }
  auto store = open(folder.path(), settings);
  check(*store);
  EXPECT_EQ(store->changelog_position(), position - 1);
}

}  // namespace
}  // namespace sapa
