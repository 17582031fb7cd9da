// The customers' side of the embedded log: what a commit leaves in the store's view.
#include <gtest/gtest.h>

#include "tests/unit/embedded/log_fixture.h"

namespace sapa {
namespace {

using Timers = std::vector<std::pair<int64_t, std::string>>;

class EmbeddedStoreTest : public EmbeddedLogTest {
 protected:
  void SetUp() override {
    open({.partitions = 300});
    connection_ = log_->connect(0, 1);
  }
  std::unique_ptr<CustomerStore> store(int32_t partition) {
    auto opened = log_->open(partition);
    EXPECT_TRUE(opened.ok());
    return std::move(*opened);
  }
  /// As a worker does: commit, then tell the store.
  void change(CustomerStore& of, int32_t partition, const CustomerChange& change) {
    ASSERT_TRUE(commit(*connection_, {.partition = partition, .changes = {change}}).ok());
    ASSERT_TRUE(
        of.apply({change.customer_id, change.bytes, change.next_due, change.earlier_due}).ok());
  }
  static Timers timers_before(CustomerStore& of, int64_t before) {
    Timers timers;
    EXPECT_TRUE(of.timers_from({}, [&](const StoredTimer& timer) {
                    if (timer.due.ms >= before) return false;
                    timers.emplace_back(timer.due.ms, std::string(timer.customer_id));
                    return true;
                  }).ok());
    return timers;
  }

  std::unique_ptr<Connection> connection_;
};

TEST_F(EmbeddedStoreTest, SeesWhatIsCommittedAndOnlyItsOwnPartition) {
  auto one = store(255), other = store(256);
  change(*one, 255, {"ani", "1"});
  std::string bytes;
  EXPECT_TRUE(*one->get("ani", bytes));
  EXPECT_EQ(bytes, "1");
  EXPECT_FALSE(*other->get("ani", bytes));
  change(*one, 255, {"ani", ""});
  EXPECT_FALSE(*one->get("ani", bytes));
}

TEST_F(EmbeddedStoreTest, KeepsTimersByPartitionAndDueTime) {
  auto one = store(1), two = store(2);
  change(*one, 1, {"a", "x", {20}});
  change(*one, 1, {"b", "x", {10}});
  change(*two, 2, {"c", "x", {5}});
  EXPECT_EQ(timers_before(*one, 100), (Timers{{10, "b"}, {20, "a"}}));
  EXPECT_EQ(timers_before(*one, 20), (Timers{{10, "b"}}));
  change(*one, 1, {"b", "x", {30}, {10}});
  change(*one, 1, {"a", "x", Timestamp::never(), {20}});
  EXPECT_EQ(timers_before(*one, 100), (Timers{{30, "b"}}));
  change(*one, 1, {"a", "x", {3}, Timestamp::never()});
  EXPECT_EQ(timers_before(*one, 4), (Timers{{3, "a"}}));
}

TEST_F(EmbeddedStoreTest, ScansItsPartition) {
  auto one = store(255);
  change(*one, 255, {"b", "2"});
  change(*one, 255, {"a", "1"});
  auto other = store(256);
  change(*other, 256, {"c", "3"});
  std::string seen;
  ASSERT_TRUE(
      one->scan([&](std::string_view id, std::string_view bytes) { seen.append(id).append(bytes); })
          .ok());
  EXPECT_EQ(seen, "a1b2");
}

TEST_F(EmbeddedStoreTest, GivesBackMetaAfterARestart) {
  ASSERT_TRUE(commit(*connection_, {.partition = 7, .next_offset = 0, .meta = "clock=9"}).ok());
  connection_.reset();
  open();
  EXPECT_EQ(store(7)->meta(), "clock=9");
  EXPECT_EQ(store(8)->meta(), "");
}

}  // namespace
}  // namespace sapa
