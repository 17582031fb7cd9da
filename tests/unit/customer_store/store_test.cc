// What every CustomerStore promises, for each of them.
#include "engine/customer/store.h"

#include <map>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine/customer/memory_store.h"
#include "engine/customer/rocks_options.h"
#include "engine/customer/rocks_store.h"
#include "tests/unit/customer_store/temporary_folder.h"

namespace sapa {
namespace {

using Timers = std::vector<std::pair<int64_t, std::string>>;

enum class Which { kMemory, kRocks, kRocksAlwaysWritten };

class EveryStore : public testing::TestWithParam<Which> {
 protected:
  void SetUp() override {
    if (GetParam() == Which::kMemory) {
      store_ = std::make_unique<MemoryStore>();
    } else {
      auto opened = RocksStore::open(std::make_shared<RocksResources>(), folder_.path());
      ASSERT_TRUE(opened.ok()) << opened.error().message;
      store_ = std::move(*opened);
    }
  }

  void put(const std::string& id, const std::string& bytes, Timestamp due = Timestamp::never()) {
    auto known = dues_.find(id);
    Timestamp earlier = known == dues_.end() ? Timestamp::never() : known->second;
    ASSERT_TRUE(store_->apply({id, bytes, due, earlier}).ok());
    dues_[id] = due;
    if (GetParam() == Which::kRocksAlwaysWritten) {
      ASSERT_TRUE(store_->checkpoint(true).ok());
    }
  }
  std::string get(const std::string& id) {
    std::string bytes;
    auto found = store_->get(id, bytes);
    EXPECT_TRUE(found.ok());
    return found.ok() && *found ? bytes : "(none)";
  }
  Timers timers_before(int64_t before) { return timers_between({}, before); }
  Timers timers_between(const StoredTimer& from, int64_t before) {
    Timers timers;
    auto status = store_->timers_from(from, [&](const StoredTimer& timer) {
      if (timer.due.ms >= before) return false;
      timers.emplace_back(timer.due.ms, std::string(timer.customer_id));
      return true;
    });
    EXPECT_TRUE(status.ok());
    return timers;
  }

  TemporaryFolder folder_;
  std::unique_ptr<CustomerStore> store_;
  std::map<std::string, Timestamp> dues_;
};

TEST_P(EveryStore, GivesBackTheLatestRecord) {
  EXPECT_EQ(get("ani"), "(none)");
  put("ani", "one");
  put("ani", "two");
  put("budi", std::string("nul\0byte", 8));
  EXPECT_EQ(get("ani"), "two");
  EXPECT_EQ(get("budi"), std::string("nul\0byte", 8));
  put("ani", "");
  EXPECT_EQ(get("ani"), "(none)");
}

TEST_P(EveryStore, GivesManyRecordsInTurn) {
  std::vector<std::string> names;
  for (int i = 1000; i < 1400; ++i) names.push_back("c" + std::to_string(i));
  const std::vector<std::string_view> ids(names.begin(), names.end());
  for (size_t i = 0; i < names.size(); i += 3) put(names[i], "old");
  ASSERT_TRUE(store_->checkpoint(true).ok());
  for (size_t i = 0; i < names.size(); i += 7) put(names[i], "new");
  for (size_t i = 0; i < names.size(); i += 11) put(names[i], "");
  const auto expected = [](size_t i) {
    return i % 11 == 0 ? "" : i % 7 == 0 ? "new" : i % 3 == 0 ? "old" : "";
  };
  size_t next = 0;
  Status status = store_->get_many(ids, [&](size_t i, std::string_view bytes) -> Status {
    EXPECT_EQ(i, next++);
    EXPECT_EQ(bytes, expected(i)) << i;
    return store_->apply({ids[i], "newest"});
  });
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(next, ids.size());
  for (const std::string& name : names) ASSERT_EQ(get(name), "newest");
  int asked = 0;
  status = store_->get_many(ids, [&](size_t, std::string_view) -> Status {
    return ++asked < 70 ? Status() : environment_error("enough", false);
  });
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(asked, 70);
}

TEST_P(EveryStore, GivesTimersInTheOrderOfTheirDueTime) {
  put("c", "x", {30});
  put("a", "x", {20});
  put("b", "x", {20});
  put("d", "x", {-5});
  EXPECT_EQ(timers_before(30), (Timers{{-5, "d"}, {20, "a"}, {20, "b"}}));
  EXPECT_EQ(timers_before(31).size(), 4u);
  EXPECT_EQ(timers_before(-5), Timers{});
}

TEST_P(EveryStore, GivesTimersFromAPlaceInTheirOrderOnUntilItIsTold) {
  for (const char* id : {"a", "b", "c"}) put(id, "x", {20});
  ASSERT_TRUE(store_->checkpoint(true).ok());
  put("d", "x", {10});
  put("bb", "x", {20});
  put("e", "x", {30});
  EXPECT_EQ(timers_between({{20}, "b"}, 31), (Timers{{20, "b"}, {20, "bb"}, {20, "c"}, {30, "e"}}));
  EXPECT_EQ(timers_between({{20}, "ba"}, 30), (Timers{{20, "bb"}, {20, "c"}}));
  EXPECT_EQ(timers_between({{20}, {}}, 21).size(), 4u);
  EXPECT_EQ(timers_between({{31}, {}}, 100), Timers{});
  int asked = 0;
  ASSERT_TRUE(store_->timers_from({}, [&](const StoredTimer&) { return ++asked < 2; }).ok());
  EXPECT_EQ(asked, 2);
}

TEST_P(EveryStore, KeepsOnlyTheCustomersNewestTimer) {
  put("a", "x", {10});
  put("a", "y", {50});
  put("b", "x", {20});
  put("b", "y");
  put("c", "x", {30});
  put("c", "");
  EXPECT_EQ(timers_before(100), (Timers{{50, "a"}}));
  put("a", "z", {5});
  EXPECT_EQ(timers_before(6), (Timers{{5, "a"}}));
}

TEST_P(EveryStore, ScansEveryCustomerOnce) {
  put("a", "1");
  put("b", "2");
  ASSERT_TRUE(store_->checkpoint(true).ok());
  put("b", "3");
  put("c", "4");
  put("a", "");
  std::multimap<std::string, std::string> seen;
  ASSERT_TRUE(store_
                  ->scan([&](std::string_view id, std::string_view bytes) {
                    seen.emplace(std::string(id), std::string(bytes));
                  })
                  .ok());
  EXPECT_EQ(seen, (std::multimap<std::string, std::string>{{"b", "3"}, {"c", "4"}}));
}

TEST_P(EveryStore, RemembersMetaAndPosition) {
  EXPECT_EQ(store_->changelog_position(), -1);
  EXPECT_EQ(store_->meta(), "");
  ASSERT_TRUE(store_->apply_meta("clock=5", 42).ok());
  EXPECT_EQ(store_->changelog_position(), 42);
  EXPECT_EQ(store_->meta(), "clock=5");
}

TEST_P(EveryStore, AgreesWithAPlainMapAfterManyRandomChanges) {
  std::mt19937 random(7);
  std::map<std::string, std::pair<std::string, int64_t>> expected;
  for (int i = 0; i < 4000; ++i) {
    std::string id = "c" + std::to_string(random() % 60);
    int64_t due = random() % 3 == 0 ? Timestamp::never().ms : static_cast<int64_t>(random() % 500);
    if (random() % 10 == 0) {
      put(id, "");
      expected.erase(id);
    } else {
      put(id, std::to_string(i), {due});
      expected[id] = {std::to_string(i), due};
    }
    if (random() % 40 == 0) {
      ASSERT_TRUE(store_->checkpoint(true).ok());
    }
    if (random() % 20 != 0) continue;
    int64_t before = static_cast<int64_t>(random() % 600);
    Timers wanted;
    for (const auto& [key, value] : expected) {
      if (value.second < before) wanted.emplace_back(value.second, key);
    }
    std::sort(wanted.begin(), wanted.end());
    ASSERT_EQ(timers_before(before), wanted) << "after " << i << " changes";
    const std::string from_id = "c" + std::to_string(random() % 60);
    const StoredTimer from{{static_cast<int64_t>(random() % 500)}, from_id};
    std::erase_if(wanted, [&](const auto& timer) {
      return StoredTimer{{timer.first}, timer.second} < from;
    });
    ASSERT_EQ(timers_between(from, before), wanted);
    auto at = expected.find(id);
    ASSERT_EQ(get(id), at == expected.end() ? "(none)" : at->second.first);
  }
}

std::string name_of(const testing::TestParamInfo<Which>& info) {
  switch (info.param) {
    case Which::kMemory:
      return "Memory";
    case Which::kRocks:
      return "Rocks";
    case Which::kRocksAlwaysWritten:
      return "RocksAlwaysWritten";
  }
  return "";
}
INSTANTIATE_TEST_SUITE_P(All, EveryStore,
                         testing::Values(Which::kMemory, Which::kRocks, Which::kRocksAlwaysWritten),
                         name_of);

}  // namespace
}  // namespace sapa
