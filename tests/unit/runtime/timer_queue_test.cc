#include "engine/runtime/timer_queue.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace sapa {
namespace {

TEST(TimerQueue, GivesTheSoonestFirstAndEqualTimesInOrderOfId) {
  std::mt19937_64 random(1);
  TimerQueue queue;
  std::multiset<std::pair<Timestamp, std::string>> expected;
  EXPECT_EQ(queue.earliest(), Timestamp::never());
  for (int i = 0; i < 20'000; ++i) {
    if (random() % 5 < 3) {
      Timestamp due{static_cast<int64_t>(random() % 200)};
      std::string id = "customer " + std::to_string(random() % 50);
      queue.push(due, id);
      expected.emplace(due, id);
    } else if (!expected.empty()) {
      ASSERT_EQ(queue.earliest(), expected.begin()->first);
      ASSERT_EQ(queue.pop(), expected.begin()->second);
      expected.erase(expected.begin());
    }
    ASSERT_EQ(queue.size(), expected.size());
  }
}

}  // namespace
}  // namespace sapa
