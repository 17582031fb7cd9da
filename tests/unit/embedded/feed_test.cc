// Reading what was put out.
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "connectors/embedded/recent_entries.h"
#include "tests/unit/embedded/log_fixture.h"

namespace sapa {
namespace {

using Values = std::vector<std::string>;

TEST_F(EmbeddedLogTest, NumbersTriggersFromOneInTheOrderOfTheirCommits) {
  open({.partitions = 1});
  auto connection = log_->connect(0, 1);
  EXPECT_EQ(log_->last(Stream::kTriggers), 0u);
  ASSERT_TRUE(commit(*connection, {.triggers = {"a", "b"}, .decisions = {"d"}}).ok());
  ASSERT_TRUE(commit(*connection, {.triggers = {"c"}}).ok());
  auto entries = log_->read(Stream::kTriggers, 0, 10);
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ((*entries)[i]->seq, i + 1);
  EXPECT_EQ((*entries)[2]->value, "c");
  EXPECT_EQ((*entries)[2]->key, "customer-of-c");
  EXPECT_EQ((*entries)[2]->time, Timestamp{5});
  EXPECT_EQ(log_->last(Stream::kDecisions), 1u);
}

TEST_F(EmbeddedLogTest, ReadsTheSameFromMemoryAndFromDisk) {
  open({.partitions = 1});
  auto connection = log_->connect(0, 1);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(commit(*connection, {.triggers = {"x" + std::to_string(i), "y"}}).ok());
  }
  Values all = read_values(Stream::kTriggers), page = read_values(Stream::kTriggers, 7, 4);
  ASSERT_EQ(all.size(), 20u);
  EXPECT_EQ(page, (Values{"y", "x4", "y", "x5"}));
  connection.reset();
  open();
  EXPECT_EQ(read_values(Stream::kTriggers), all);
  EXPECT_EQ(read_values(Stream::kTriggers, 7, 4), page);
  EXPECT_EQ(read_values(Stream::kTriggers, 20), Values{});
  connection = log_->connect(0, 1);
  ASSERT_TRUE(commit(*connection, {.triggers = {"z"}}).ok());
  EXPECT_EQ(read_values(Stream::kTriggers, 19), (Values{"y", "z"}))
      << "half on disk, half in memory";
  EXPECT_EQ(read_values(Stream::kTriggers, 20), Values{"z"});
}

TEST_F(EmbeddedLogTest, TellsSubscribersOfNewTriggersUntilTheyLeave) {
  open({.partitions = 1});
  auto connection = log_->connect(0, 1);
  std::atomic<int> told = 0;
  auto subscription = log_->subscribe([&] { ++told; });
  auto wait_for = [&](int count) {
    for (int i = 0; i < 1000 && told < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  };
  ASSERT_TRUE(commit(*connection, {.triggers = {"a"}}).ok());
  wait_for(1);
  EXPECT_EQ(told, 1);
  ASSERT_TRUE(commit(*connection, {.meta = "nothing put out"}).ok());
  ASSERT_TRUE(commit(*connection, {.decisions = {"d"}}).ok());
  wait_for(2);
  EXPECT_EQ(told, 2);
  subscription.reset();
  ASSERT_TRUE(commit(*connection, {.triggers = {"b"}}).ok());
  ASSERT_TRUE(commit(*connection, {.meta = "the one before is told by now"}).ok());
  EXPECT_EQ(told, 2);
}

TEST_F(EmbeddedLogTest, WaitsForTheNextTrigger) {
  open({.partitions = 1});
  auto connection = log_->connect(0, 1);
  EXPECT_FALSE(log_->wait(Stream::kTriggers, 0, milliseconds(5)));
  auto waiting =
      std::async(std::launch::async, [&] { return log_->wait(Stream::kTriggers, 0, seconds(30)); });
  ASSERT_TRUE(commit(*connection, {.triggers = {"a"}}).ok());
  EXPECT_TRUE(waiting.get());
}

TEST(RecentEntries, KnowsWhatItNoLongerHolds) {
  embedded::RecentEntries recent(1000);
  EXPECT_FALSE(recent.read(0, 10));
  for (uint64_t seq = 5; seq < 30; ++seq) {
    recent.add({std::make_shared<const FeedEntry>(FeedEntry{seq, "k", std::string(71, 'x'), {}})});
  }
  EXPECT_FALSE(recent.read(4, 10));
  EXPECT_FALSE(recent.read(23, 10));
  auto held = recent.read(24, 10);
  ASSERT_TRUE(held);
  ASSERT_EQ(held->size(), 5u);
  EXPECT_EQ(held->front()->seq, 25u);
  EXPECT_EQ(recent.read(24, 2)->size(), 2u);
  EXPECT_EQ(recent.read(29, 2)->size(), 0u);
}

}  // namespace
}  // namespace sapa
