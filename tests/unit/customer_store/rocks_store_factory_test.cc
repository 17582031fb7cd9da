// State folders: damage of every kind is noticed and set aside, and what nobody uses is deleted.
#include "engine/customer/rocks_store_factory.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "engine/customer/rocks_options.h"
#include "tests/unit/customer_store/raw_store.h"
#include "tests/unit/customer_store/temporary_folder.h"

namespace sapa {
namespace {

namespace fs = std::filesystem;

constexpr int kCustomers = 400;

std::string record_of(int n) {
  return std::string(40, static_cast<char>('a' + n % 26)) + std::to_string(n);
}

class RocksStoreFactoryTest : public testing::Test {
 protected:
  std::unique_ptr<RocksStoreFactory> factory(Duration keep = hours(24)) {
    StateFolderSettings settings;
    settings.keep = keep;
    settings.set_aside = [this](int32_t, const std::string& why, const std::string& to) {
      ++set_aside_;
      why_ = why;
      to_ = to;
    };
    return std::make_unique<RocksStoreFactory>(resources_, folder_.path(), "events", settings);
  }
  /// A store with two files of customers.
  void fill() {
    auto stores = factory();
    for (int half = 0; half < 2; ++half) {
      auto store = stores->open(3);
      ASSERT_TRUE(store.ok()) << store.error().message;
      for (int n = half; n < kCustomers; n += 2) {
        std::string id = "c" + std::to_string(n), bytes = record_of(n);
        ASSERT_TRUE((*store)->apply({id, bytes, {n}, Timestamp::never()}).ok());
      }
      ASSERT_TRUE((*store)->apply_meta("meta", 7 + half).ok());
      ASSERT_TRUE((*store)->checkpoint(true).ok());
    }
  }
  fs::path store_folder() const { return folder_.path() + "/events-3"; }

  /// Reads everything. False if the store said that it is damaged; fails the test if it gave
  /// anything wrong instead.
  static bool all_is_right(CustomerStore& store) {
    for (int n = 0; n < kCustomers; ++n) {
      std::string bytes;
      auto found = store.get("c" + std::to_string(n), bytes);
      if (!found.ok()) return says_so(found.error());
      EXPECT_TRUE(*found) << "c" << n;
      EXPECT_EQ(bytes, record_of(n));
    }
    int timers = 0;
    Status read = store.timers_from({}, [&](const StoredTimer& timer) {
      ++timers;
      EXPECT_EQ(timer.customer_id, "c" + std::to_string(timer.due.ms));
      return true;
    });
    if (!read.ok()) return says_so(read.error());
    EXPECT_EQ(timers, kCustomers);
    return true;
  }

  static bool says_so(const Error& error) {
    EXPECT_TRUE(error.retriable) << error.message;
    return false;
  }

  TemporaryFolder folder_;
  std::shared_ptr<RocksResources> resources_ = std::make_shared<RocksResources>();
  int set_aside_ = 0;
  std::string why_, to_;
};

/// What is found damaged when it is opened, or later when it is read, is set aside at the next
/// opening; nothing wrong is ever read.
TEST_F(RocksStoreFactoryTest, DamageOfAnyFileIsNeverReadAsIfRight) {
  fill();
  TemporaryFolder copies;
  fs::copy(store_folder(), copies.path() + "/good", fs::copy_options::recursive);
  std::mt19937 random(11);
  std::map<std::string, int> outcomes;
  for (int round = 0; round < 60; ++round) {
    fs::remove_all(store_folder());
    fs::copy(copies.path() + "/good", store_folder(), fs::copy_options::recursive);
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(store_folder())) {
      std::string name = entry.path().filename();
      if (fs::file_size(entry) > 0 && !name.starts_with("LOG") && !name.starts_with("OPTIONS")) {
        files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end());
    const fs::path& victim = files[random() % files.size()];
    const auto size = fs::file_size(victim);
    const auto at = random() % size;
    switch (random() % 3) {
      case 0: {
        std::fstream file(victim, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(at));
        char byte = static_cast<char>(file.get() ^ (1 << random() % 8));
        file.seekp(static_cast<std::streamoff>(at));
        file.put(byte);
        break;
      }
      case 1:
        fs::resize_file(victim, at);
        break;
      default:
        fs::remove(victim);
    }
    SCOPED_TRACE("round " + std::to_string(round) + ": " + victim.filename().string());
    set_aside_ = 0;
    resources_ = std::make_shared<RocksResources>();  // nothing of it is cached any more
    auto stores = factory();
    auto store = stores->open(3);
    ASSERT_TRUE(store.ok()) << store.error().message;
    int64_t position = (*store)->changelog_position();
    if (position == 8 && all_is_right(**store)) {
      ++outcomes["no harm"];
      continue;
    }
    if (position == 8) {  // found by reading
      ASSERT_EQ(set_aside_, 0);
      store->reset();
      store = stores->open(3);
      ASSERT_TRUE(store.ok()) << store.error().message;
      EXPECT_EQ(set_aside_, 1);
      position = (*store)->changelog_position();
      ++outcomes["found by reading"];
    } else {
      ++outcomes[set_aside_ ? "found by opening" : "an earlier state"];
    }
    if (position == 7) {  // the newest change to the list of files was torn off
      std::string bytes;
      for (int n = 0; n < kCustomers; n += 2) {
        auto found = (*store)->get("c" + std::to_string(n), bytes);
        ASSERT_TRUE(found.ok() && *found);
        EXPECT_EQ(bytes, record_of(n));
      }
      EXPECT_EQ((*store)->get("c1", bytes).value(), false);
      continue;
    }
    ASSERT_EQ(position, -1) << "a store that begins anew";
    int left = 0;
    ASSERT_TRUE((*store)->scan([&](std::string_view, std::string_view) { ++left; }).ok());
    EXPECT_EQ(left, 0);
  }
  EXPECT_GT(outcomes["found by opening"], 5);
  EXPECT_GT(outcomes["found by reading"], 3);
}

TEST_F(RocksStoreFactoryTest, AStoreOfAnotherFormatIsSetAside) {
  fill();
  put_raw(store_folder(), "meta", "format", "99");
  auto stores = factory();
  auto store = stores->open(3);
  ASSERT_TRUE(store.ok()) << store.error().message;
  EXPECT_EQ((*store)->changelog_position(), -1);
  EXPECT_EQ(set_aside_, 1);
  EXPECT_NE(why_.find("format \"99\""), std::string::npos) << why_;
  EXPECT_TRUE(fs::exists(to_));
}

/// As RocksDB may leave it after a fault of the disk.
TEST_F(RocksStoreFactoryTest, FamiliesOfDifferentMomentsAreSetAside) {
  const std::string last(10, '\xFF');
  for (const auto& [older, end] : {std::pair{"customers", std::string()},
                                   {"customers", last},
                                   {"timers", std::string()},
                                   {"timers", last}}) {
    set_aside_ = 0;
    fill();
    put_raw(store_folder(), older, end, std::string(7, '\0') + "\7");
    auto stores = factory();
    auto store = stores->open(3);
    ASSERT_TRUE(store.ok()) << store.error().message;
    EXPECT_EQ((*store)->changelog_position(), -1);
    EXPECT_EQ(set_aside_, 1);
    EXPECT_NE(why_.find(older), std::string::npos) << why_;
  }
}

TEST_F(RocksStoreFactoryTest, ARecordThatCannotBeRightCondemnsTheStore) {
  fill();
  auto stores = factory();
  {
    auto store = stores->open(3);
    ASSERT_TRUE(store.ok());
    Error error = (*store)->damaged("the record of customer 'c1' can't be read");
    EXPECT_TRUE(error.retriable) << "opening it again mends it";
  }
  auto store = stores->open(3);
  ASSERT_TRUE(store.ok());
  EXPECT_EQ(set_aside_, 1);
  EXPECT_NE(why_.find("'c1'"), std::string::npos) << why_;
}

TEST_F(RocksStoreFactoryTest, AFolderThatAnotherWorkerHoldsIsNotSetAside) {
  fill();
  auto first = factory(), second = factory();
  auto held = first->open(3);
  ASSERT_TRUE(held.ok());
  auto refused = second->open(3);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("Another worker"), std::string::npos);
  EXPECT_TRUE(refused.error().retriable);
  EXPECT_EQ(set_aside_, 0);
}

TEST_F(RocksStoreFactoryTest, WhoFailsToOpenAFolderDoesNotFreeItForWhoHoldsIt) {
  fill();
  auto stores = factory({0});
  auto held = stores->open(3);
  ASSERT_TRUE(held.ok());
  ASSERT_FALSE(stores->open(3).ok());
  stores->delete_unused();
  EXPECT_TRUE(fs::exists(store_folder())) << "it is open still";
  held->reset();
  stores->delete_unused();
  EXPECT_FALSE(fs::exists(store_folder()));
}

TEST_F(RocksStoreFactoryTest, ACondemnedFolderIsSetAsideOnlyWhenWhoHeldItHasLetGo) {
  fill();
  auto stores = factory();
  auto held = stores->open(3);
  ASSERT_TRUE(held.ok());
  (void)(*held)->damaged("the record of customer 'c1' can't be read");
  auto refused = stores->open(3);
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().retriable) << refused.error().message;
  EXPECT_EQ(set_aside_, 0);
  EXPECT_TRUE(fs::exists(store_folder() / kDamagedFile)) << "the mark stays";
  held->reset();
  auto anew = stores->open(3);
  ASSERT_TRUE(anew.ok()) << anew.error().message;
  EXPECT_EQ(set_aside_, 1);
  EXPECT_EQ((*anew)->changelog_position(), -1);
}

TEST_F(RocksStoreFactoryTest, DeletesOnlyWhatNobodyHasUsedForLong) {
  fill();
  fs::create_directories(folder_.path() + "/events-notes");
  fs::create_directories(folder_.path() + "/events-4.damaged");
  auto patient = factory();
  patient->delete_unused();
  EXPECT_TRUE(fs::exists(store_folder()));
  auto hasty = factory({0});
  {
    auto store = hasty->open(3);
    ASSERT_TRUE(store.ok());
    hasty->delete_unused();
    EXPECT_TRUE(fs::exists(store_folder())) << "it is open";
  }
  hasty->delete_unused();
  EXPECT_FALSE(fs::exists(store_folder()));
  EXPECT_FALSE(fs::exists(folder_.path() + "/events-4.damaged"));
  EXPECT_TRUE(fs::exists(folder_.path() + "/events-notes")) << "not one of ours";
}

}  // namespace
}  // namespace sapa
