// What must never happen but may: an error thrown in the middle of the work, no memory, a customer
// who grows without bound. The shard goes on in the same epoch.
#include <stdexcept>

#include "tests/unit/runtime/shard_fixture.h"

namespace sapa {
namespace {

/// Told every decision; throws in the middle of the work of those customers that it is told to.
class Throwing final : public DecisionSink {
 public:
  void on_trigger(const Campaign&, const Trigger& trigger) override { look_at(trigger.user_id); }
  void on_decision(const Campaign&, const Decision&) override {}
  void on_metric_error(const Metric&, std::string_view) override {}
  std::string victim;
  bool memory = false;

 private:
  void look_at(std::string_view user) const {
    if (user != victim) return;
    if (memory) throw std::bad_alloc();
    throw std::runtime_error("the campaign is possessed");
  }
};

class PoisonTest : public ShardTest {
 protected:
  PoisonTest() {
    options_.output.observer = &throwing_;
    make(0);
  }
  std::string state_of(const std::string& user) {
    auto described = shard_->describe(user);
    if (!described.ok() || !*described) return "";
    return (*described)->substr((*described)->find("\"events\""));
  }
  const OutputRecord* letter() {
    for (const OutputRecord& record : epoch_->shards[0].outputs) {
      if (record.stream == Stream::kDeadLetters) return &record;
    }
    return nullptr;
  }
  Throwing throwing_;
};

TEST_F(PoisonTest, ARecordThatThrowsIsADeadLetterAndItsCustomerAsBefore) {
  event("u1", "Order Completed", 0);
  std::string before = state_of("u1");
  throwing_.victim = "u1";
  event("u1", "Order Completed", 10);
  EXPECT_EQ(state_of("u1"), before);
  throwing_.victim.clear();
  event("u1", "Order Completed", 20);
  event("u2", "Order Completed", 21);
  ASSERT_TRUE(shard_->take(*epoch_));
  EXPECT_EQ(triggers_of(epoch_->shards[0].outputs),
            (Lines{"thanks u1 2026-03-02T00:00:00.000Z", "thanks u1 2026-03-02T00:00:20.000Z",
                   "thanks u2 2026-03-02T00:00:21.000Z"}));
  ASSERT_NE(letter(), nullptr);
  EXPECT_EQ(letter()->headers[0].value, "an error inside the engine: the campaign is possessed");
  EXPECT_EQ(letter()->headers[1].value, "internal_error");
  EXPECT_EQ(letter()->headers[4].value, "1");
  EXPECT_EQ(epoch_->shards[0].next_offset, 4);
  const ShardCounters& counters = shard_->counters();
  EXPECT_EQ(counters.processed, 3u);
  EXPECT_EQ(counters.triggers_ever, 3u);
  EXPECT_EQ(counters.dead_letters, 1u);
  uint64_t sent = 0;
  for (const auto& reasons : counters.decisions) sent += reasons[0];
  EXPECT_EQ(sent, 3u) << "what was taken back is not counted";
}

TEST_F(PoisonTest, TheSameRecordAgainIsNoRepeatOfOneThatFailed) {
  throwing_.victim = "u1";
  put(track("u1", "Order Completed", at_second(0), "m1"), at_second(0));
  throwing_.victim.clear();
  put(track("u1", "Order Completed", at_second(0), "m1"), at_second(1));
  EXPECT_EQ(commit(), Lines{"thanks u1 2026-03-02T00:00:00.000Z"});
}

TEST_F(PoisonTest, WithoutMemoryTheRecordIsADeadLetterToo) {
  throwing_.victim = "u1";
  throwing_.memory = true;
  event("u1", "Order Completed", 0);
  ASSERT_TRUE(shard_->take(*epoch_));
  ASSERT_NE(letter(), nullptr);
  EXPECT_EQ(letter()->headers[0].value, "not enough memory");
  EXPECT_TRUE(epoch_->shards[0].changes.empty()) << "nothing is known of the customer";
}

TEST_F(PoisonTest, ATimerThatThrowsIsGivenUpWithADecisionAndTheOthersFire) {
  event("u1", "Product Added", 0);
  event("u2", "Product Added", 1);
  throwing_.victim = "u1";
  shard_->on_end(2, at_second(3600));
  ASSERT_TRUE(fire(3600).ok());
  ASSERT_TRUE(shard_->take(*epoch_));
  EXPECT_EQ(triggers_of(epoch_->shards[0].outputs), Lines{"cart u2 2026-03-02T00:30:01.000Z"});
  EXPECT_EQ(shard_->counters().decisions[0][static_cast<size_t>(Reason::kEvaluationError)], 1u);
  EXPECT_EQ(shard_->counters().decisions[0][static_cast<size_t>(Reason::kSent)], 1u);
  EXPECT_GT(shard_->earliest_timer(), at_second(3600));
}

TEST_F(PoisonTest, ACustomerWhoWouldOutgrowTheLimitStaysAsBefore) {
  options_.max_customer_bytes = 20'000;
  make(0);
  auto identify = [&](int number) {
    std::string text(3000, 'x');
    put(R"({"type":"identify","userId":"u1","messageId":"i)" + std::to_string(number) +
            R"(","timestamp":")" + format_rfc3339(at_second(number)) + R"(","traits":{"t)" +
            std::to_string(number) + "\":\"" + text + "\"}}",
        at_second(number));
  };
  for (int i = 0; i < 20; ++i) identify(i);
  event("u1", "Order Completed", 30);
  ASSERT_TRUE(shard_->take(*epoch_));
  ASSERT_NE(letter(), nullptr);
  EXPECT_EQ(letter()->headers[1].value, "customer_too_large");
  EXPECT_GT(shard_->counters().dead_letters, 10u);
  EXPECT_LT(shard_->counters().dead_letters, 18u);
  ASSERT_EQ(epoch_->shards[0].changes.size(), 1u);
  EXPECT_LT(epoch_->shards[0].changes[0].bytes.size(), 20'000u);
  EXPECT_EQ(triggers_of(epoch_->shards[0].outputs).size(), 1u) << "small events still count";
}

}  // namespace
}  // namespace sapa
