// The decider's own contract; what it decides is told as scenarios.
#include "engine/decision/decider.h"

#include <set>

#include <gtest/gtest.h>

#include "engine/event/decoder.h"
#include "engine/workspace/loader.h"

namespace sapa {
namespace {

constexpr const char* kWorkspace = R"(
policy: {timezone: Asia/Jakarta, locale: id-ID}
---
campaign: cart
channel: push
when: {event: Added, as: add, without: Ordered, within: 30m, restart: true}
message: {title: "{{ add.properties.name }}"}
---
campaign: chain
channel: push
when: {sequence: [{event: Opened, as: a}, {event: Added, if: event.properties.name == a.properties.name}], within: 1h, at_most: 4}
message: {title: t}
---
campaign: silent
channel: email
when: {nothing: Ordered, for: 2h}
message: {title: t}
)";

class Notes final : public DecisionSink {
 public:
  void on_trigger(const Campaign& campaign, const Trigger& trigger) override {
    lines.push_back("trigger " + campaign.name);
    ids.emplace(trigger.trigger_id);
  }
  void on_decision(const Campaign& campaign, const Decision& decision) override {
    lines.push_back(std::string(reason_name(decision.reason)) + " " + campaign.name);
  }
  void on_metric_error(const Metric&, std::string_view) override {}

  std::vector<std::string> lines;
  std::set<std::string> ids;
};

class DeciderTest : public testing::Test {
 protected:
  DeciderTest() {
    customer_.id = "u1";
    decider_.adopt(customer_);
  }
  Decider::Outcome event(const std::string& name, int64_t minute, const std::string& product = "p",
                         const std::string& message_id = "") {
    std::string id = message_id.empty() ? "m" + std::to_string(++messages_) : message_id;
    std::string json = R"({"type":"track","userId":"u1","event":")" + name + R"(","messageId":")" +
                       id + R"(","timestamp":")" + format_rfc3339(at(minute)) +
                       R"(","properties":{"name":")" + product + R"("}})";
    Arena arena;
    Event decoded;
    DecodeNotes notes;
    Refusal refusal;
    EXPECT_TRUE(decoder_.decode({{}, json, {}, at(minute)}, false, arena, decoded, notes, refusal));
    return decider_.on_event(customer_, decoded, at(minute), std::nullopt);
  }
  static Timestamp at(int64_t minute) { return Timestamp{1'772'409'600'000} + minutes(minute); }

  std::shared_ptr<const Workspace> workspace_ =
      load_workspace_texts({{"test.yaml", kWorkspace}}).workspace;
  Notes notes_;
  Decider decider_{workspace_, notes_};
  Decoder decoder_;
  Customer customer_;
  int messages_ = 0;
};

TEST_F(DeciderTest, EveryTriggerHasItsDecisionBeforeIt) {
  event("Added", 0);
  decider_.fire_due(customer_, at(30), std::nullopt);
  EXPECT_EQ(notes_.lines, (std::vector<std::string>{"sent cart", "trigger cart"}));
}

TEST_F(DeciderTest, KnowsTheEarliestTimer) {
  EXPECT_EQ(decider_.next_due(customer_), Timestamp::never());
  event("Opened", 0);
  EXPECT_EQ(decider_.next_due(customer_), at(120)) << "a sequence alone is no timer";
  event("Added", 100);
  EXPECT_EQ(decider_.next_due(customer_), at(120));
  event("Ordered", 110);
  EXPECT_EQ(decider_.next_due(customer_), at(230));
  decider_.fire_due(customer_, at(230), std::nullopt);
  EXPECT_EQ(decider_.next_due(customer_), Timestamp::never());
}

TEST_F(DeciderTest, ARepeatChangesNothing) {
  EXPECT_EQ(event("Added", 0, "p", "x"), Decider::Outcome::kProcessed);
  EXPECT_EQ(event("Ordered", 5, "p", "x"), Decider::Outcome::kDuplicate);
  EXPECT_EQ(customer_.events, 1u);
  EXPECT_EQ(decider_.next_due(customer_), at(30));
}

TEST_F(DeciderTest, WhatIsUnderWayIsBounded) {
  for (int i = 0; i < 50; ++i) event("Opened", i, "product " + std::to_string(i));
  EXPECT_EQ(customer_.patterns.size(), 4u);
  event("Added", 50, "product 49");
  event("Added", 51, "product 45");
  EXPECT_EQ(notes_.lines, (std::vector<std::string>{"sent chain", "trigger chain"}));
}

TEST_F(DeciderTest, SequencesThatCanNoLongerCompleteAreForgotten) {
  event("Opened", 0);
  event("Opened", 61);
  EXPECT_EQ(customer_.patterns.size(), 1u);
}

TEST_F(DeciderTest, PatternsKeepOnlyWhatIsReadOfThem) {
  event("Added", 0, std::string(10'000, 'x'));
  EXPECT_GT(customer_.patterns.items().at(0).captures.at(0).size(), 10'000u);
  Customer other;
  other.id = "u1";
  customer_ = other;
  decider_.adopt(customer_);
  event("Ordered", 1, std::string(10'000, 'x'));
  EXPECT_TRUE(customer_.patterns.empty());
}

TEST(TriggerId, IsTheSameForTheSameCauseAndDiffersForEveryOther) {
  Campaign campaign;
  campaign.name = "cart";
  campaign.version = "1a2b3c4d";
  auto id = [&](std::string_view customer, std::string_view message, int64_t time) {
    std::string out;
    append_trigger_id(campaign, customer, message, Timestamp{time}, out);
    return out;
  };
  EXPECT_EQ(id("u1", "m1", 5), id("u1", "m1", 5));
  EXPECT_EQ(id("u1", "m1", 5).size(), 32u);
  std::set<std::string> ids = {id("u1", "m1", 5), id("u2", "m1", 5), id("u1", "m2", 5),
                               id("u1", "m1", 6), id("u1m", "1", 5), id("", "u1m1", 5)};
  campaign.version = "1a2b3c4e";
  ids.insert(id("u1", "m1", 5));
  campaign.name = "cart2";
  ids.insert(id("u1", "m1", 5));
  EXPECT_EQ(ids.size(), 8u);
}

}  // namespace
}  // namespace sapa
