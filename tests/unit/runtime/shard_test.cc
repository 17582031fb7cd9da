#include "tests/unit/runtime/shard_fixture.h"

namespace sapa {
namespace {

TEST_F(ShardTest, WhatCannotBeDecodedBecomesADeadLetterAndTheRestGoesOn) {
  options_.input_name = "events";
  make(41);
  Header header{"x-source", "kiosk"};
  InputItem item = record_item(41, "{broken", at_second(0), "u1");
  item.record.headers = {&header, 1};
  ASSERT_TRUE(shard_->on_record(item, at_second(5), *epoch_).ok());
  event("u1", "Order Completed", 6);
  ASSERT_TRUE(shard_->take(*epoch_));
  const std::vector<OutputRecord>& outputs = epoch_->shards[0].outputs;
  ASSERT_GE(outputs.size(), 2u);
  const OutputRecord& letter = outputs[0];
  EXPECT_EQ(letter.stream, Stream::kDeadLetters);
  EXPECT_EQ(letter.value, "{broken");
  EXPECT_EQ(letter.key, "u1");
  std::string headers;
  for (const Header& h : letter.headers.subspan(1)) {
    headers += std::string(h.name) + "=" + std::string(h.value) + " ";
  }
  EXPECT_EQ(letter.headers[0].name, "sapa-reason");
  EXPECT_EQ(headers,
            "sapa-code=invalid_json sapa-topic=events sapa-partition=3 sapa-offset=41 "
            "sapa-time=2026-03-02T00:00:05.000Z x-source=kiosk ");
  EXPECT_EQ(shard_->next_offset(), 43);
  EXPECT_EQ(triggers_of(outputs).size(), 1u);
}

TEST_F(ShardTest, RecordsThatWereDoneBeforeArePassedOver) {
  make(10);
  std::string order = track("u1", "Order Completed", at_second(0), "m1");
  ASSERT_TRUE(shard_->on_record(record_item(9, order, at_second(0)), at_second(0), *epoch_).ok());
  EXPECT_FALSE(shard_->has_work());
  ASSERT_TRUE(shard_->on_record(record_item(10, order, at_second(0)), at_second(0), *epoch_).ok());
  ASSERT_TRUE(shard_->on_record(record_item(10, order, at_second(0)), at_second(0), *epoch_).ok());
  EXPECT_EQ(commit().size(), 1u);
}

TEST_F(ShardTest, ATimerWaitsForTheProofThatEverythingIsRead) {
  event("u1", "Product Added", 0);
  EXPECT_FALSE(shard_->wants_end(at_second(1799)));
  EXPECT_TRUE(shard_->wants_end(at_second(1800)));
  shard_->on_end(2, at_second(3600));  // one record more lies in the log
  ASSERT_TRUE(fire(3600).ok());
  EXPECT_EQ(commit(), Lines{});
  shard_->on_read_to(2);  // it was none of ours
  shard_->on_end(2, at_second(3601));
  ASSERT_TRUE(fire(3601).ok());
  EXPECT_EQ(commit(), Lines{"cart u1 2026-03-02T00:30:00.000Z"});
  EXPECT_FALSE(shard_->wants_end(at_second(3700)));
}

TEST_F(ShardTest, WithTheEventsClockNothingAsksForTheEnd) {
  options_.clock = ClockMode::kEvent;
  make(0);
  event("u1", "Product Added", 0);
  EXPECT_FALSE(shard_->wants_end(at_second(1'000'000)));
  shard_->on_end(1, at_second(1'000'000));
  ASSERT_TRUE(fire(1'000'000).ok());
  EXPECT_EQ(commit(), Lines{});
}

TEST_F(ShardTest, AnEpochHoldsWorkOnlyOnce) {
  EXPECT_FALSE(shard_->take(*epoch_));
  event("u1", "Product Added", 0);
  EXPECT_TRUE(shard_->has_work());
  EXPECT_TRUE(shard_->take(*epoch_));
  EXPECT_FALSE(shard_->has_work());
  EXPECT_FALSE(shard_->take(*epoch_));
  shard_->on_read_to(5);
  EXPECT_TRUE(shard_->has_work()) << "an offset that went on must be committed, too";
}

TEST_F(ShardTest, StateAheadOfTheGroupIsRefusedUnlessItMayBe) {
  event("u1", "Product Added", 0);
  event("u1", "Product Added", 1);
  commit();
  make(1);
  Status opened = shard_->open();
  ASSERT_FALSE(opened.ok());
  EXPECT_FALSE(opened.error().retriable);
  EXPECT_NE(opened.error().message.find("input offset 2"), std::string::npos);
  options_.state_may_be_ahead = true;
  make(1);
  ASSERT_TRUE(shard_->open().ok());
  EXPECT_EQ(shard_->next_offset(), 2);
}

TEST_F(ShardTest, TheClockSurvivesARestart) {
  event("u1", "Product Added", 0);
  shard_->on_end(1, at_second(60));
  event("u2", "Product Added", 70);
  commit();
  make(2);
  ASSERT_TRUE(shard_->open().ok());
  EXPECT_EQ(shard_->clock().now(), at_second(70));
  EXPECT_EQ(shard_->earliest_timer(), at_second(1800));
}

TEST_F(ShardTest, AWallClockThatIsSetBackTakesNoEventBackInTime) {
  event("u1", "Product Added", 7200);
  // An hour back, and so seems all that comes in, if it were clamped to now.
  std::string added = track("u2", "Product Added", at_second(7210), "m-later");
  ASSERT_TRUE(
      shard_->on_record(record_item(1, added, at_second(7210)), at_second(3610), *epoch_).ok());
  ASSERT_TRUE(fire(3611).ok());
  EXPECT_EQ(commit(), Lines());  // nothing is due as of an hour ago
  EXPECT_GE(shard_->earliest_timer(), at_second(7200 + 1800));
}

TEST_F(ShardTest, CustomersWhoGoColdAndComeBackDoNotPileUpTimers) {
  options_.cache_bytes = 1;
  make(0);
  for (int i = 0; i < 500; ++i) {
    event("u1", i % 3 == 0 ? "Product Added" : "Order Completed", i * 60);
    commit();
  }
  EXPECT_LE(shard_->state().pending_timers, 64u);
}

TEST_F(ShardTest, HotCustomersDoNotPileUpTimers) {
  for (int i = 0; i < 3000; ++i) event("u1", "Product Added", i * 3600);
  EXPECT_LE(shard_->state().pending_timers, 64u);
}

TEST_F(ShardTest, CountsWhatIsOdd) {
  event("u1", "Product Added", 100);
  put(track("u1", "Product Added", at_second(100), "m1"), at_second(100), "u1");   // repeat
  put(track("u1", "Product Added", at_second(50), "m9"), at_second(100), "u1");    // late
  put(track("u1", "Product Added", at_second(999), "m10"), at_second(101), "u1");  // future
  put(track("u2", "Product Added", at_second(102), "m11"), at_second(102), "u1");  // misrouted
  const ShardCounters& counters = shard_->counters();
  EXPECT_EQ(counters.processed, 4u);
  EXPECT_EQ(counters.duplicates, 1u);
  EXPECT_EQ(counters.late, 1u);
  EXPECT_EQ(counters.clamped, 1u);
  EXPECT_EQ(counters.misrouted, 2u) << "a record without a key is not where it belongs, either";
}

TEST_F(ShardTest, DescribesWhoIsKnown) {
  event("u1", "Order Completed", 0);
  auto described = shard_->describe("u1");
  ASSERT_TRUE(described.ok() && described->has_value());
  EXPECT_NE((*described)->find(R"("metrics":{"orders":1})"), std::string::npos) << **described;
  EXPECT_FALSE(shard_->describe("u2")->has_value());
  EXPECT_EQ(shard_->dirty_customers(), 1u);
}

}  // namespace
}  // namespace sapa
