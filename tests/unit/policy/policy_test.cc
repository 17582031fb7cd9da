// What is remembered of sent triggers, and how limits count it. The verdicts themselves are told as
// scenarios.
#include "engine/policy/policy.h"

#include <gtest/gtest.h>

#include "engine/workspace/loader.h"

namespace sapa {
namespace {

class PolicyTest : public testing::Test {
 protected:
  void load(const std::string& text) {
    LoadedWorkspace loaded = load_workspace_texts({{"test.yaml", text}});
    ASSERT_NE(loaded.workspace, nullptr) << to_string(loaded.findings.at(0));
    workspace_ = loaded.workspace;
  }
  void send(size_t campaign, int64_t time) {
    customer_.last_seen = std::max(customer_.last_seen, time);
    remember_sent(*workspace_, workspace_->campaigns[campaign], Timestamp{time}, customer_);
  }
  uint32_t count(const Limit& limit, int64_t now, size_t campaign = 0) {
    MetricClock clock{Timestamp{now}, {}, &calendar_};
    return count_sent(limit, clock, customer_, workspace_->campaigns[campaign].limit_fingerprint);
  }

  static std::string campaign(const std::string& name, const std::string& limit) {
    return "---\ncampaign: " + name + "\nchannel: push\nwhen: {event: E}\n" + limit +
           "\nmessage: {title: t}\n";
  }

  std::shared_ptr<const Workspace> workspace_;
  Customer customer_;
  CalendarCache calendar_;
};

constexpr int64_t kHour = 3'600'000;

TEST_F(PolicyTest, ARollingWindowIsOpenAtItsStartAndCountsWhatIsLater) {
  load(campaign("a", "limit: 5 per 1h") + campaign("b", "limit: 5 per 1h"));
  Limit limit{5, {WindowKind::kSliding, hours(1), {}}};
  for (int64_t time : {100, 200, 300}) send(0, time);
  send(1, 250);
  EXPECT_EQ(count(limit, 300), 3u);
  EXPECT_EQ(count(limit, kHour + 99), 3u);
  EXPECT_EQ(count(limit, kHour + 100), 2u);
  EXPECT_EQ(count(limit, 50), 3u) << "as of an earlier time, what was sent since counts, too";
  EXPECT_EQ(count(limit, 300, 1), 1u);
}

TEST_F(PolicyTest, WhatNoLimitNeedsIsForgotten) {
  load(campaign("a", "limit: 5 per 2h") + campaign("b", ""));
  for (int i = 0; i < 1000; ++i) send(1, i * kHour);
  EXPECT_LE(customer_.sent.size(), 2u);
}

TEST_F(PolicyTest, WithoutAnyLimitNothingIsRemembered) {
  load(campaign("a", ""));
  send(0, 1000);
  EXPECT_TRUE(customer_.sent.empty());
}

TEST_F(PolicyTest, ALimitForEverIsRememberedForEver) {
  load(campaign("a", "limit: 2 ever") + campaign("b", "limit: 1 per 1h"));
  send(0, 0);
  for (int i = 1; i < 500; ++i) send(1, i * 24 * kHour);
  EXPECT_EQ(count({2, {}}, 500 * 24 * kHour), 1u);
  EXPECT_LE(customer_.sent.size(), 2u);
}

TEST_F(PolicyTest, OnlyTheLatestSuppressedOnesAreKept) {
  load(campaign("a", ""));
  for (int i = 0; i < 10; ++i) {
    remember_suppressed(workspace_->campaigns[0], Timestamp{i}, Reason::kFrequencyCap, customer_);
  }
  ASSERT_EQ(customer_.suppressed.size(), 3u);
  EXPECT_EQ(customer_.suppressed.back().time, 9);
  EXPECT_EQ(customer_.suppressed.front().time, 7);
}

}  // namespace
}  // namespace sapa
