// Where a partition ends, and that all before it was read: what timers stand on.
#include <thread>

#include "connectors/kafka/range.h"
#include "tests/integration/kafka/support.h"

namespace sapa::kafka {
namespace {

class Ends : public ::testing::Test {
 protected:
  void start(int32_t partitions) {
    config_ = fresh_config(partitions);
    connection_ = connect(config_);
    poll_until(*connection_, witness_, [&] { return !witness_.assigned.empty(); });
  }
  Witness::End ask(int32_t partition) {
    witness_.ends.clear();
    connection_->ask_for_end(partition);
    poll_until(*connection_, witness_, [&] { return witness_.ends.count(partition) == 1; });
    return witness_.ends.at(partition);
  }

  KafkaConfig config_;
  std::unique_ptr<KafkaConnection> connection_;
  Witness witness_;
};

TEST_F(Ends, EmptyPartitionIsReadToItsStart) {
  start(1);
  poll_until(*connection_, witness_, [&] { return witness_.read_to.count(0) == 1; });
  EXPECT_EQ(witness_.read_to.at(0), 0);
}

TEST_F(Ends, ReadToFollowsTheRecords) {
  start(1);
  publish(config_.topics.input, 0, "k", "one");
  publish(config_.topics.input, 0, "k", "two");
  poll_until(*connection_, witness_, [&] { return witness_.read_to[0] == 2; });
  EXPECT_EQ(witness_.records.size(), 2u);
}

TEST_F(Ends, ReadToPassesWhatNobodySees) {
  start(1);
  PlainTransaction writer(config_.group + "-writer");
  writer.begin();
  writer.produce(config_.topics.input, 0, "k", "aborted 1");
  writer.produce(config_.topics.input, 0, "k", "aborted 2");
  writer.abort();
  writer.begin();
  writer.produce(config_.topics.input, 0, "k", "committed");
  writer.commit();
  poll_until(*connection_, witness_, [&] { return witness_.read_to[0] == 5; });
  ASSERT_EQ(witness_.records.size(), 1u);
  EXPECT_EQ(witness_.records[0].value, "committed");
  EXPECT_EQ(witness_.records[0].offset, 3);
  EXPECT_EQ(ask(0).offset, 5);
}

TEST_F(Ends, AnswerIsAsOfWhenItWasAsked) {
  start(2);
  publish(config_.topics.input, 1, "k", "one");
  const int64_t before = wall_ms();
  const Witness::End end = ask(1);
  EXPECT_EQ(end.offset, 1);
  EXPECT_GE(end.as_of_ms, before);
  EXPECT_LE(end.as_of_ms, wall_ms());
  publish(config_.topics.input, 1, "k", "two");
  EXPECT_EQ(ask(1).offset, 2);
  EXPECT_EQ(ask(0).offset, 0);
}

TEST_F(Ends, AnswerNeverLiesBeforeARecordThatWasPublishedFirst) {
  start(1);
  for (int i = 0; i < 50; ++i) {
    publish(config_.topics.input, 0, "k", "v");
    EXPECT_EQ(ask(0).offset, i + 1);
  }
}

TEST_F(Ends, OpenTransactionHidesWhatComesAfterIt) {
  start(1);
  PlainTransaction writer(config_.group + "-writer");
  writer.begin();
  writer.produce(config_.topics.input, 0, "k", "undecided");
  EXPECT_EQ(ask(0).offset, 0);
  writer.commit();
  // The coordinator tells the partition a moment after it has told the writer.
  for (int i = 0; i < 500 && ask(0).offset == 0; ++i) {
  }
  EXPECT_EQ(ask(0).offset, 2);
}

TEST_F(Ends, AnswerWakesAWaitingPoll) {
  start(1);
  poll_until(*connection_, witness_, [&] { return witness_.read_to.count(0) == 1; });
  connection_->ask_for_end(0);
  const int64_t before = wall_ms();
  ASSERT_TRUE(connection_->poll(seconds(10), witness_));
  EXPECT_EQ(witness_.ends.count(0), 1u);
  EXPECT_LT(wall_ms() - before, 2000);
}

TEST_F(Ends, WakeEndsAWaitingPoll) {
  start(1);
  poll_until(*connection_, witness_, [&] { return witness_.read_to.count(0) == 1; });
  std::thread waker([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    connection_->wake();
  });
  const int64_t before = wall_ms();
  ASSERT_TRUE(connection_->poll(seconds(10), witness_));
  waker.join();
  EXPECT_LT(wall_ms() - before, 2000);
}

TEST_F(Ends, LagCountsWhatIsNotDelivered) {
  start(1);
  EXPECT_EQ(connection_->lag(7), -1);
  publish(config_.topics.input, 0, "k", "one");
  poll_until(*connection_, witness_, [&] { return witness_.read_to[0] == 1; });
  EXPECT_EQ(connection_->lag(0), 0);
}

TEST(Range, GivesAllPartitionsOrARangeOfTime) {
  const KafkaConfig config = fresh_config(2);
  const int64_t base = 1'700'000'000'000;
  for (int i = 0; i < 10; ++i) {
    publish(config.topics.input, i % 2, "k", std::to_string(i), {}, base + i * 1000);
  }
  auto read = [&](const TimeRange& range) {
    std::map<int32_t, std::string> values;
    Status status = read_range(config, config.topics.input, range, [&](const InputItem& item) {
      values[item.partition] += item.record.value;
      return Status();
    });
    EXPECT_TRUE(status) << status.error().message;
    return values;
  };
  using Values = std::map<int32_t, std::string>;
  EXPECT_EQ(read({}), (Values{{0, "02468"}, {1, "13579"}}));
  EXPECT_EQ(read({Timestamp{base + 3000}, Timestamp{base + 7000}}), (Values{{0, "46"}, {1, "35"}}));
  EXPECT_EQ(read({Timestamp{base + 60'000}, {}}), Values());
  Status missing =
      read_range(config, "no-such-topic", {}, [](const InputItem&) { return Status(); });
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().fault, Fault::kUser);
}

}  // namespace
}  // namespace sapa::kafka
