// Epochs out: all or nothing, offsets included.
#include "connectors/kafka/connection.h"

#include <gmock/gmock.h>

#include "engine/base/hash.h"
#include "tests/integration/kafka/support.h"

namespace sapa::kafka {
namespace {

using ::testing::HasSubstr;

void join(KafkaConnection& connection, Witness& witness) {
  poll_until(connection, witness, [&] { return !witness.assigned.empty(); });
}

TEST(ExactlyOnce, CommitShowsOutputsChangesAndOffsetsTogether) {
  const KafkaConfig config = fresh_config();
  int64_t position = -1;
  {
    auto connection = connect(config);
    Witness witness;
    publish(config.topics.input, 1, "ana", "one");
    publish(config.topics.input, 1, "ana", "two");
    join(*connection, witness);
    poll_until(*connection, witness, [&] { return witness.records.size() == 2; });

    EpochMaker maker;
    ShardEpoch& shard = maker.shard(1, 2, "clock=5");
    maker.change(shard, "ana", "state of ana");
    maker.change(shard, "budi", "");
    maker.output(shard, Stream::kTriggers, "ana", "hello");
    maker.output(shard, Stream::kDecisions, "ana", "yes");
    Status status = connection->commit(*maker.epoch);
    ASSERT_TRUE(status) << status.error().message;
    position = maker.epoch->shards[0].changelog_position;
  }
  const auto triggers = read_all(config, config.topics.triggers);
  ASSERT_EQ(triggers.size(), 1u);
  EXPECT_EQ(triggers[0].key, "ana");
  EXPECT_EQ(triggers[0].value, "hello");
  EXPECT_EQ(triggers[0].partition, kafka_partition("ana", 2));
  EXPECT_EQ(read_all(config, config.topics.decisions).size(), 1u);

  const auto changelog = read_all(config, config.topics.changelog);
  ASSERT_EQ(changelog.size(), 3u);
  EXPECT_EQ(changelog[0].key, "cana");
  EXPECT_EQ(changelog[0].value, "state of ana");
  EXPECT_EQ(changelog[0].partition, 1);
  EXPECT_EQ(changelog[1].key, "cbudi");
  EXPECT_FALSE(changelog[1].has_value);
  EXPECT_EQ(changelog[2].key, "m");
  EXPECT_EQ(changelog[2].value, "clock=5");
  EXPECT_EQ(position, changelog[2].offset + 1);

  auto successor = connect(config);
  Witness witness;
  join(*successor, witness);
  EXPECT_EQ(witness.assigned.at(0), 0);
  EXPECT_EQ(witness.assigned.at(1), 2);
}

TEST(ExactlyOnce, FailedEpochLeavesNothing) {
  const KafkaConfig config = fresh_config();
  {
    auto connection = connect(config);
    Witness witness;
    publish(config.topics.input, 0, "ana", "one");
    join(*connection, witness);
    EpochMaker maker;
    ShardEpoch& good = maker.shard(0, 1, "meta");
    maker.output(good, Stream::kTriggers, "ana", "hello");
    maker.change(good, "ana", "state");
    // Larger than the broker takes; what came before it has been written by then.
    maker.output(good, Stream::kDecisions, "ana", std::string(5'000'000, 'x'));
    Status status = connection->commit(*maker.epoch);
    ASSERT_FALSE(status);
    EXPECT_THAT(status.error().message, HasSubstr(config.topics.decisions));
    EXPECT_THAT(status.error().message, HasSubstr("max.message.bytes"));
    EXPECT_FALSE(connection->commit(*maker.epoch)) << "a failed connection must stay failed";
  }
  EXPECT_TRUE(read_all(config, config.topics.triggers).empty());
  EXPECT_TRUE(read_all(config, config.topics.changelog).empty());
  auto successor = connect(config);
  Witness witness;
  join(*successor, witness);
  EXPECT_EQ(witness.assigned.at(0), 0);
}

TEST(ExactlyOnce, SuccessorFencesItsPredecessor) {
  KafkaConfig config = fresh_config();
  config.instance = "shop-1";
  auto zombie = connect(config);
  Witness witness;
  join(*zombie, witness);
  EpochMaker first;
  first.output(first.shard(0, 0, "m1"), Stream::kTriggers, "ana", "before");
  ASSERT_TRUE(zombie->commit(*first.epoch));

  auto successor = connect(config);
  EpochMaker second;
  second.output(second.shard(0, 0, "m2"), Stream::kTriggers, "ana", "from the grave");
  Status status = zombie->commit(*second.epoch);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("transactional id"));

  Witness heir;
  join(*successor, heir);
  EpochMaker third;
  third.output(third.shard(0, 0, "m3"), Stream::kTriggers, "ana", "after");
  status = successor->commit(*third.epoch);
  ASSERT_TRUE(status) << status.error().message;

  const auto triggers = read_all(config, config.topics.triggers);
  ASSERT_EQ(triggers.size(), 2u);
  EXPECT_EQ(triggers[0].value, "before");
  EXPECT_EQ(triggers[1].value, "after");
}

TEST(ExactlyOnce, WorkOfAnEarlierGenerationIsRefused) {
  // Two members with transactional ids of their own, so that only the group can tell that one is
  // outdated.
  KafkaConfig config = fresh_config();
  config.options["consumer.session.timeout.ms"] = "6000";
  config.options["consumer.max.poll.interval.ms"] = "6000";
  auto sleeper = connect(config, 0);
  Witness asleep;
  join(*sleeper, asleep);
  auto other = connect(config, 1);
  Witness awake;
  // The sleeper doesn't poll, so the group goes on without it.
  poll_until(
      *other, awake, [&] { return awake.assigned.size() == 2; }, 30);

  EpochMaker maker;
  maker.output(maker.shard(0, 5, "m"), Stream::kTriggers, "ana", "too late");
  Status status = sleeper->commit(*maker.epoch);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("moved the partitions"));
  EXPECT_TRUE(read_all(config, config.topics.triggers).empty());
  // Whether it lost them or is asked to give them up depends on what librdkafka learned first.
  poll_until(*sleeper, asleep, [&] { return asleep.lost + asleep.revoked == 1; });
}

void commit_one(KafkaConnection& connection, int64_t next_offset, const std::string& trigger) {
  EpochMaker maker;
  for (int32_t partition : {0, 1}) {
    maker.output(maker.shard(partition, next_offset, "m"), Stream::kTriggers, "ana",
                 trigger + std::to_string(partition));
  }
  Status status = connection.commit(*maker.epoch);
  ASSERT_TRUE(status) << status.error().message;
}

TEST(ExactlyOnce, AnHeirEndsWhatADeadOwnerLeftOpen) {
  KafkaConfig config = fresh_config();
  config.static_membership = false;
  config.instance = "dead";
  {
    auto owner = connect(config);
    Witness witness;
    publish(config.topics.input, 0, "ana", "one");
    publish(config.topics.input, 1, "ana", "two");
    join(*owner, witness);
    commit_one(*owner, 0, "first");
  }
  // Its next transaction, which nobody ends: a broker would do so after 60 s.
  PlainTransaction open(config.group + "-dead-0-1");
  open.begin();
  open.send_offset(config.group, config.topics.input, 0, 1);
  open.produce(config.topics.triggers, 0, "ana", "never decided");
  open.produce(config.topics.triggers, 1, "ana", "never decided");

  config.instance = "heir";
  auto heir = connect(config);
  Witness witness;
  join(*heir, witness);
  EXPECT_EQ(witness.assigned.at(0), 0);
  commit_one(*heir, 1, "second");
  std::vector<std::string> triggers;
  for (const SeenRecord& record : read_all(config, config.topics.triggers)) {
    triggers.push_back(record.value);
  }
  EXPECT_THAT(triggers, ::testing::UnorderedElementsAre("first0", "first1", "second0", "second1"));
  EXPECT_FALSE(open.try_to_commit()) << "it was only asleep";
}

TEST(ExactlyOnce, AnOwnerThatStillLivesIsLeftAlone) {
  for (const bool static_membership : {false, true}) {
    KafkaConfig config = fresh_config();
    config.static_membership = static_membership;
    config.instance = "first";
    auto first = connect(config);
    Witness one;
    join(*first, one);
    commit_one(*first, 0, "before");
    config.instance = "second";
    auto second = connect(config);
    Witness two;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (one.assigned.size() != 1 || two.assigned.size() != 1) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      ASSERT_TRUE(first->poll(milliseconds(20), one));
      ASSERT_TRUE(second->poll(milliseconds(20), two));
    }
    EpochMaker maker;
    maker.output(maker.shard(one.assigned.begin()->first, 0, "m"), Stream::kTriggers, "ana",
                 "after");
    Status status = first->commit(*maker.epoch);
    EXPECT_TRUE(status) << status.error().message;
  }
}

TEST(ExactlyOnce, EpochLargerThanTheQueueIsCommittedWhole) {
  KafkaConfig config = fresh_config(1);
  config.options["producer.queue.buffering.max.messages"] = "1000";
  auto connection = connect(config);
  Witness witness;
  join(*connection, witness);
  EpochMaker maker;
  ShardEpoch& shard = maker.shard(0, 0, "m");
  for (int i = 0; i < 20'000; ++i) {
    maker.output(shard, Stream::kTriggers, "k" + std::to_string(i), std::to_string(i));
    maker.change(shard, "c" + std::to_string(i), std::string(50, 'x'));
  }
  Status status = connection->commit(*maker.epoch);
  ASSERT_TRUE(status) << status.error().message;
  const auto triggers = read_all(config, config.topics.triggers);
  ASSERT_EQ(triggers.size(), 20'000u);
  for (size_t i = 0; i < triggers.size(); ++i) ASSERT_EQ(triggers[i].value, std::to_string(i));
  const auto changelog = read_all(config, config.topics.changelog);
  ASSERT_EQ(changelog.size(), 20'001u);
  for (size_t i = 0; i < 20'000; ++i) ASSERT_EQ(changelog[i].key, "cc" + std::to_string(i));
  EXPECT_EQ(changelog.back().key, "m");
}

TEST(AtLeastOnce, WritesRecordsThenOffsets) {
  KafkaConfig config = fresh_config();
  config.delivery = Delivery::kAtLeastOnce;
  {
    auto connection = connect(config);
    Witness witness;
    publish(config.topics.input, 0, "ana", "one");
    join(*connection, witness);
    EpochMaker maker;
    ShardEpoch& shard = maker.shard(0, 1, "meta");
    maker.output(shard, Stream::kTriggers, "ana", "hello");
    maker.change(shard, "ana", "state");
    Status status = connection->commit(*maker.epoch);
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_EQ(maker.epoch->shards[0].changelog_position, 2);
  }
  EXPECT_EQ(read_all(config, config.topics.triggers).size(), 1u);
  EXPECT_EQ(read_all(config, config.topics.changelog).size(), 2u);
  auto successor = connect(config);
  Witness witness;
  join(*successor, witness);
  EXPECT_EQ(witness.assigned.at(0), 1);
}

TEST(DeadLetters, KeepTheirHeaders) {
  const KafkaConfig config = fresh_config();
  auto connection = connect(config);
  Witness witness;
  join(*connection, witness);
  EpochMaker maker;
  ShardEpoch& shard = maker.shard(0, 1, "meta");
  maker.output(shard, Stream::kDeadLetters, "", "{not json");
  const Header headers[] = {{"reason", "invalid_json"}, {"offset", "0"}, {"empty", ""}};
  shard.outputs.back().headers = headers;
  Status status = connection->commit(*maker.epoch);
  ASSERT_TRUE(status) << status.error().message;
  const auto letters = read_all(config, config.topics.dead_letters);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].value, "{not json");
  EXPECT_EQ(letters[0].headers.at("reason"), "invalid_json");
  EXPECT_EQ(letters[0].headers.at("offset"), "0");
  EXPECT_EQ(letters[0].headers.at("empty"), "");
}

TEST(Records, ArriveWithKeyTimeAndHeaders) {
  const KafkaConfig config = fresh_config(1);
  auto connection = connect(config);
  Witness witness;
  publish(config.topics.input, 0, "ana", "plain", {}, 1'700'000'000'123);
  publish(config.topics.input, 0, "", "typed", {{"content-type", "application/json"}, {"a", "b"}});
  publish(config.topics.input, 0, "budi", "again", {{"c", "d"}});
  poll_until(*connection, witness, [&] { return witness.records.size() == 3; });
  EXPECT_EQ(witness.records[0].key, "ana");
  EXPECT_EQ(witness.records[0].value, "plain");
  EXPECT_EQ(witness.records[0].time_ms, 1'700'000'000'123);
  EXPECT_TRUE(witness.records[0].headers.empty());
  EXPECT_EQ(witness.records[1].key, "");
  EXPECT_EQ(witness.records[1].headers.size(), 2u);
  EXPECT_EQ(witness.records[1].headers.at("content-type"), "application/json");
  EXPECT_EQ(witness.records[2].headers.at("c"), "d");
}

TEST(Connection, SaysThatKafkaIsOutOfReach) {
  KafkaConfig config = fresh_names();
  config.bootstrap_servers = "127.0.0.1:1";
  auto connection = KafkaConnection::open(config, 0);
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().fault, Fault::kEnvironment);
  EXPECT_TRUE(connection.error().retriable);
}

}  // namespace
}  // namespace sapa::kafka
