#include "engine/runtime/customer_table.h"

#include <functional>
#include <map>
#include <random>

#include "tests/unit/runtime/fixture.h"

namespace sapa {
namespace {

class Quiet final : public DecisionSink {
 public:
  void on_trigger(const Campaign&, const Trigger&) override {}
  void on_decision(const Campaign&, const Decision&) override {}
  void on_metric_error(const Metric&, std::string_view) override {}
};

class CustomerTableTest : public testing::Test {
 protected:
  static constexpr size_t kAnySize = SIZE_MAX;

  Customer& open(const std::string& id) { return **table_.open(**table_.get(id)); }
  void change(const std::string& id, const std::function<void(Customer&)>& work = {}) {
    HotCustomer& hot = **table_.get(id);
    Customer& customer = **table_.open(hot);
    customer.events += 1;
    if (work) work(customer);
    ASSERT_TRUE(table_.save(hot, kAnySize));
  }
  /// The epoch's changes, not yet committed.
  std::unique_ptr<Epoch> take(uint64_t number) {
    auto epoch = epoch_number(number);
    epoch->shards.emplace_back();
    table_.take_changes(*epoch, epoch->shards[0]);
    return epoch;
  }
  void commit(const Epoch& epoch) {
    for (const CustomerChange& change : epoch.shards[0].changes) {
      ASSERT_TRUE(
          store_.apply({change.customer_id, change.bytes, change.next_due, change.earlier_due})
              .ok());
    }
    table_.committed(epoch.number);
  }

  std::shared_ptr<const Workspace> workspace_ = workspace_of(
      "campaign: c\nchannel: push\nwhen: {nothing: any, for: 1h}\nmessage: {title: t}\n");
  Quiet sink_;
  Decider decider_{workspace_, sink_};
  std::shared_ptr<const RecordLayout> layout_ =
      std::make_shared<const RecordLayout>(record_layout(*workspace_));
  MemoryStore store_;
  CustomerTable table_{store_, layout_, decider_, 1};
};

TEST_F(CustomerTableTest, FindsOnlyWhoIsThereAndMakesWhoIsNot) {
  EXPECT_EQ(*table_.find("u1"), nullptr);
  EXPECT_TRUE(open("u1").is_new());
  EXPECT_NE(*table_.find("u1"), nullptr);
}

TEST_F(CustomerTableTest, ACustomerChangedManyTimesIsWrittenOnceAnEpoch) {
  for (int i = 0; i < 5; ++i) change("u1"), change("u2");
  EXPECT_EQ(table_.dirty_count(), 2u);
  EXPECT_EQ(take(1)->shards[0].changes.size(), 2u);
  EXPECT_EQ(take(2)->shards[0].changes.size(), 0u);
}

TEST_F(CustomerTableTest, WhatIsNotCommittedStaysInMemory) {
  change("u1");
  auto first = take(1);
  change("u2");
  table_.committed(0);
  EXPECT_EQ(table_.size(), 2u);
  commit(*first);
  EXPECT_EQ(table_.size(), 1u) << "u1 is in the store, u2 is not";
  auto second = take(2);
  commit(*second);
  EXPECT_EQ(table_.size(), 0u);
  EXPECT_EQ(open("u2").events, 1u);
}

TEST_F(CustomerTableTest, AChangeOfALaterEpochKeepsACommittedCustomer) {
  change("u1");
  auto first = take(1);
  change("u1");
  auto second = take(2);
  commit(*first);
  EXPECT_EQ(open("u1").events, 2u);
  EXPECT_EQ(table_.size(), 1u);
}

TEST_F(CustomerTableTest, TellsTheStoreWhichTimerEntryToReplace) {
  DefinitionId campaign = workspace_->campaigns[0].fingerprint;
  change("u1", [&](Customer& c) {
    c.silences.change().push_back({campaign, at_second(0).ms, false});
  });
  auto first = take(1);
  EXPECT_EQ(first->shards[0].changes[0].next_due, at_second(3600));
  EXPECT_EQ(first->shards[0].changes[0].earlier_due, Timestamp::never());
  change("u1", [](Customer& c) { c.silences.change()[0].since = at_second(60).ms; });
  auto second = take(2);
  EXPECT_EQ(second->shards[0].changes[0].next_due, at_second(3660));
  EXPECT_EQ(second->shards[0].changes[0].earlier_due, at_second(3600));
  commit(*first);
  commit(*second);
  ASSERT_EQ(table_.size(), 0u);
  change("u1", [](Customer& c) { c.silences.change()[0].fired = true; });
  auto third = take(3);
  EXPECT_EQ(third->shards[0].changes[0].next_due, Timestamp::never());
  EXPECT_EQ(third->shards[0].changes[0].earlier_due, at_second(3660));
}

TEST_F(CustomerTableTest, WhatIsDiscardedOrDoesNotFitIsAsItWas) {
  change("u1", [](Customer& c) { c.traits = std::string(100, 'x'); });
  HotCustomer& hot = **table_.get("u1");
  (*table_.open(hot))->events = 77;
  table_.discard();
  EXPECT_EQ(open("u1").events, 1u);
  open("u1").traits = std::string(1000, 'y');
  EXPECT_FALSE(table_.save(hot, 500));
  table_.discard();
  EXPECT_EQ(open("u1").traits, std::string(100, 'x'));
  open("u1").traits = std::string(90, 'z');
  EXPECT_TRUE(table_.save(hot, 50)) << "smaller than it was";
}

TEST_F(CustomerTableTest, OpeningAnotherCustomerShowsNothingOfTheOneBefore) {
  std::mt19937 random(1);
  std::map<std::string, uint64_t> events;
  for (int i = 0; i < 1'000; ++i) {
    std::string id = "a customer with a long id " + std::to_string(random() % 20);
    change(id, [&](Customer& c) { c.locale = id; });
    ++events[id];
    std::string other = "a customer with a long id " + std::to_string(random() % 20);
    EXPECT_EQ(open(other).events, events[other]);
    EXPECT_EQ(open(other).id, other);
    EXPECT_EQ(open(other).locale, events[other] == 0 ? "" : other);
  }
}

TEST_F(CustomerTableTest, ARecordThatCannotBeReadIsAnError) {
  ASSERT_TRUE(store_.apply({"u1", "\x07 nonsense"}).ok());
  auto found = table_.get("u1");
  ASSERT_FALSE(found.ok());
  EXPECT_FALSE(found.error().retriable);
  EXPECT_NE(found.error().message.find("u1"), std::string::npos);
}

}  // namespace
}  // namespace sapa
