#include "engine/runtime/timer_queue.h"

#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace sapa {
namespace {

TEST(TimerQueue, GivesTheSoonestFirstAndEqualTimesInOrderOfId) {
  std::mt19937_64 random(1);
  TimerQueue queue;
  std::set<std::pair<Timestamp, std::string>> expected;
  EXPECT_EQ(queue.earliest(), Timestamp::never());
  for (int i = 0; i < 20'000; ++i) {
    if (random() % 5 < 3) {
      Timestamp due{static_cast<int64_t>(random() % 200)};
      std::string id = "customer " + std::to_string(i);
      queue.push(due, id);
      expected.emplace(due, id);
    } else if (!expected.empty()) {
      ASSERT_EQ(queue.earliest(), expected.begin()->first);
      ASSERT_EQ(queue.pop(), expected.begin()->second);
      expected.erase(expected.begin());
    }
    ASSERT_EQ(queue.size(), expected.size()) << "nothing is lost of customers with one entry";
  }
}

TEST(TimerQueue, KeepsTheSoonestOfEachCustomerAndFewMore) {
  std::mt19937_64 random(2);
  TimerQueue queue;
  std::map<std::string, Timestamp> soonest;
  for (int i = 0; i < 100'000; ++i) {
    Timestamp due{static_cast<int64_t>(random() % 1'000'000)};
    std::string id = "customer " + std::to_string(random() % 100);
    queue.push(due, id);
    auto [it, is_new] = soonest.emplace(id, due);
    it->second = std::min(it->second, due);
  }
  EXPECT_LE(queue.size(), 200u);
  EXPECT_GT(queue.generation(), 0u);
  while (queue.size() > 0) {
    Timestamp due = queue.earliest();
    std::string id = queue.pop();
    if (auto it = soonest.find(id); it != soonest.end()) {
      EXPECT_EQ(it->second, due) << id;
      soonest.erase(it);
    }
  }
  EXPECT_TRUE(soonest.empty());
}

}  // namespace
}  // namespace sapa
