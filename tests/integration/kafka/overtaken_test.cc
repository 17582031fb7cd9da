// A partition's first request fails, the second succeeds: librdkafka then reports the first one's
// records as delivered, and they are nowhere. It takes a broker that refuses one request and takes
// the next, as one does in the moment in which it becomes a leader; a real one can't be made to do
// so at will. So here, and only here, librdkafka's mock cluster stands in.
#include <gmock/gmock.h>

#include "connectors/kafka/publisher.h"
#include "tests/integration/kafka/support.h"

// After librdkafka's own header, as it demands.
#include <librdkafka/rdkafka_mock.h>

namespace sapa::kafka {
namespace {

using ::testing::HasSubstr;

// One record a request, so that several requests are under way.
const std::map<std::string, std::string> kSmallRequests = {{"batch.num.messages", "1"}};

class Overtaken : public ::testing::Test {
 protected:
  static constexpr int16_t kProduce = 0;

  void SetUp() override {
    owner_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0));
    ASSERT_TRUE(owner_);
    cluster_ = rd_kafka_mock_cluster_new(owner_.get(), 1);
    ASSERT_TRUE(cluster_);
    for (const char* name : {"topic", "triggers", "decisions", "dead-letters", "changelog"}) {
      rd_kafka_mock_topic_create(cluster_, name, 1, 1);
    }
    rd_kafka_mock_broker_set_rtt(cluster_, 1, 50);
  }
  void TearDown() override {
    if (cluster_) rd_kafka_mock_cluster_destroy(cluster_);
  }

  void refuse_the_first_request() {
    rd_kafka_mock_push_request_errors(cluster_, kProduce, 1,
                                      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  }

  KafkaConfig config() {
    KafkaConfig config;
    config.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(cluster_);
    config.topics = {"topic", "triggers", "decisions", "dead-letters", "changelog", "control"};
    config.group = "group";
    config.static_membership = false;  // unknown to the mock cluster
    config.options = kSmallRequests;
    return config;
  }

  void expect_refused_epoch(Delivery delivery, const std::string& says) {
    KafkaConfig config = this->config();
    config.delivery = delivery;
    auto connection = connect(config);
    Witness witness;
    poll_until(*connection, witness, [&] { return !witness.assigned.empty(); });
    EpochMaker maker;
    ShardEpoch& shard = maker.shard(0, 0, "clock=5");
    for (const char* value : {"1", "2", "3"}) {
      maker.output(shard, Stream::kTriggers, "ana", value);
      maker.change(shard, value, "state");
    }
    refuse_the_first_request();
    const int64_t before = wall_ms();
    Status status = connection->commit(*maker.epoch);
    ASSERT_FALSE(status);
    EXPECT_TRUE(status.error().retriable) << status.error().message;
    EXPECT_THAT(status.error().message, HasSubstr(says));
    EXPECT_LT(wall_ms() - before, 5'000) << "found out at once, not by a timeout";
  }

  Client owner_;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

TEST_F(Overtaken, EventsArePublishedAgain) {
  KafkaPublisher::Options options;
  options.bootstrap_servers = config().bootstrap_servers;
  options.topic = "topic";
  options.options = kSmallRequests;
  auto publisher = KafkaPublisher::open(options);
  ASSERT_TRUE(publisher) << publisher.error().message;
  refuse_the_first_request();
  for (const char* value : {"1", "2", "3"}) {
    ASSERT_TRUE((*publisher)->publish("ana", value, Timestamp{0}));
  }
  ASSERT_TRUE((*publisher)->flush(seconds(20)));
  EXPECT_EQ((*publisher)->delivered(), 3u);
  std::vector<std::string> values;
  for (const SeenRecord& record : read_all(config(), "topic")) values.push_back(record.value);
  EXPECT_THAT(values, ::testing::UnorderedElementsAre("1", "2", "3"));
}

// Here the broker refuses what leaves a gap, as real ones do in transactions.
TEST_F(Overtaken, AnEpochFailsInATransaction) {
  expect_refused_epoch(Delivery::kExactlyOnce, "writing to topic");
}

TEST_F(Overtaken, AnEpochFailsWithoutTransactions) {
  expect_refused_epoch(Delivery::kAtLeastOnce, "may be missing");
}

}  // namespace
}  // namespace sapa::kafka
