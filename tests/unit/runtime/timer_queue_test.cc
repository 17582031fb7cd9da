#include "engine/runtime/timer_queue.h"

#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace sapa {
namespace {

constexpr StoredTimer kNothingBehind{Timestamp::never(), {}};

TEST(TimerQueue, GivesTheSoonestFirstAndEqualTimesInOrderOfId) {
  std::mt19937_64 random(1);
  TimerQueue queue(1 << 20);
  queue.move_horizon(kNothingBehind, 1 << 20);
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
  TimerQueue queue(1 << 20);
  queue.move_horizon(kNothingBehind, 1 << 20);
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

TEST(TimerQueue, KnowsNothingUntilItsHorizonIsMoved) {
  TimerQueue queue(10);
  EXPECT_EQ(queue.earliest(), Timestamp::beginning());
  EXPECT_FALSE(queue.has_soonest());
  queue.load({{5}, "b"});
  queue.move_horizon({{7}, "c"}, 10);
  EXPECT_EQ(queue.earliest(), Timestamp{5});
  EXPECT_TRUE(queue.covers({7}, "b"));
  EXPECT_FALSE(queue.covers({7}, "c"));
  EXPECT_EQ(queue.pop(), "b");
  EXPECT_FALSE(queue.has_soonest());
  EXPECT_EQ(queue.earliest(), Timestamp{7});
}

TEST(TimerQueue, DrawsItsHorizonNearerRatherThanGrow) {
  std::mt19937_64 random(3);
  TimerQueue queue(100);
  queue.move_horizon(kNothingBehind, 100);
  std::set<std::pair<Timestamp, std::string>> all;
  for (int i = 0; i < 5000; ++i) {
    const Timestamp due{static_cast<int64_t>(random() % 300)};
    const std::string id = "customer " + std::to_string(i);
    all.emplace(due, id);
    if (queue.covers(due, id)) queue.push(due, id);
    ASSERT_LE(queue.size(), 400u);
  }
  EXPECT_GT(queue.cut_generation(), 0u);
  EXPECT_GE(queue.size(), 100u);
  while (queue.has_soonest()) {
    ASSERT_EQ(queue.earliest(), all.begin()->first);
    ASSERT_EQ(queue.pop(), all.begin()->second);
    all.erase(all.begin());
  }
  EXPECT_EQ(queue.horizon(), (StoredTimer{all.begin()->first, all.begin()->second}));
}

TEST(TimerQueue, NeverDropsWhatOnlyItKnows) {
  TimerQueue queue(10);
  queue.move_horizon({{100}, {}}, 10);
  for (int i = 0; i < 50; ++i) queue.push({1000 + i}, "far " + std::to_string(i), true);
  for (int i = 0; i < 50; ++i) queue.push({i}, "near " + std::to_string(i), i % 2 == 0);
  EXPECT_LT(queue.horizon(), (StoredTimer{{100}, {}}));
  size_t near = 0;
  while (queue.has_soonest()) near += queue.pop().starts_with("near") ? 1 : 0;
  queue.move_horizon(kNothingBehind, 10);
  size_t far = 0;
  while (queue.has_soonest()) (queue.pop().starts_with("far") ? far : near) += 1;
  EXPECT_EQ(far, 50u);
  EXPECT_GE(near, 25u);
}

}  // namespace
}  // namespace sapa
