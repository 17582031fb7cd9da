#include "engine/runtime/customer_table.h"

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
  HotCustomer& changed(const std::string& id) {
    HotCustomer& hot = **table_.get(id);
    hot.customer.events += 1;
    table_.mark_dirty(hot);
    return hot;
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
  EXPECT_TRUE((*table_.get("u1"))->customer.is_new());
  EXPECT_NE(*table_.find("u1"), nullptr);
}

TEST_F(CustomerTableTest, ACustomerChangedManyTimesIsWrittenOnceAnEpoch) {
  for (int i = 0; i < 5; ++i) changed("u1"), changed("u2");
  EXPECT_EQ(table_.dirty_count(), 2u);
  EXPECT_EQ(take(1)->shards[0].changes.size(), 2u);
  EXPECT_EQ(take(2)->shards[0].changes.size(), 0u);
}

TEST_F(CustomerTableTest, WhatIsNotCommittedStaysInMemory) {
  changed("u1");
  auto first = take(1);
  changed("u2");
  table_.committed(0);
  EXPECT_EQ(table_.size(), 2u);
  commit(*first);
  EXPECT_EQ(table_.size(), 1u) << "u1 is in the store, u2 is not";
  auto second = take(2);
  commit(*second);
  EXPECT_EQ(table_.size(), 0u);
  EXPECT_EQ((*table_.get("u2"))->customer.events, 1u);
}

TEST_F(CustomerTableTest, AChangeOfALaterEpochKeepsACommittedCustomer) {
  changed("u1");
  auto first = take(1);
  changed("u1");
  auto second = take(2);
  commit(*first);
  EXPECT_EQ((*table_.get("u1"))->customer.events, 2u);
  EXPECT_EQ(table_.size(), 1u);
}

TEST_F(CustomerTableTest, TellsTheStoreWhichTimerEntryToReplace) {
  HotCustomer& hot = changed("u1");
  DefinitionId campaign = workspace_->campaigns[0].fingerprint;
  hot.customer.silences.push_back({campaign, at_second(0).ms, false});
  auto first = take(1);
  EXPECT_EQ(first->shards[0].changes[0].next_due, at_second(3600));
  EXPECT_EQ(first->shards[0].changes[0].earlier_due, Timestamp::never());
  changed("u1").customer.silences[0].since = at_second(60).ms;
  auto second = take(2);
  EXPECT_EQ(second->shards[0].changes[0].next_due, at_second(3660));
  EXPECT_EQ(second->shards[0].changes[0].earlier_due, at_second(3600));
  commit(*first);
  commit(*second);
  ASSERT_EQ(table_.size(), 0u);
  changed("u1").customer.silences[0].fired = true;
  auto third = take(3);
  EXPECT_EQ(third->shards[0].changes[0].next_due, Timestamp::never());
  EXPECT_EQ(third->shards[0].changes[0].earlier_due, at_second(3660));
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
