// The topics an engine needs are there and fit, or it says what to do.
#include "connectors/kafka/topics.h"

#include <chrono>
#include <thread>

#include <gmock/gmock.h>

#include "connectors/kafka/client.h"
#include "connectors/kafka/control_topic.h"
#include "tests/integration/kafka/support.h"

namespace sapa::kafka {
namespace {

using ::testing::HasSubstr;

int32_t partitions_of(const KafkaConfig& config, const std::string& topic) {
  auto client = make_client(RD_KAFKA_PRODUCER, admin_settings(config), {});
  if (!client) throw std::runtime_error(client.error().message);
  auto count = partition_count(client->get(), topic, 10'000);
  if (!count) throw std::runtime_error(count.error().message);
  return *count;
}

TEST(Topics, AreMadeWhereMissing) {
  const KafkaConfig config = fresh_names(3);
  Status status = ensure_topics(config);
  ASSERT_TRUE(status) << status.error().message;
  for (const std::string& topic :
       {config.topics.input, config.topics.triggers, config.topics.decisions,
        config.topics.dead_letters, config.topics.changelog}) {
    EXPECT_EQ(partitions_of(config, topic), 3) << topic;
  }
  EXPECT_TRUE(ensure_topics(config)) << "and found the second time";
}

TEST(Topics, MissingOnesAreNamedWhenTheyMayNotBeMade) {
  KafkaConfig config = fresh_config(2);
  config.create_topics = false;
  EXPECT_TRUE(ensure_topics(config));
  config.topics.decisions += "-no";
  config.topics.changelog += "-no";
  Status status = ensure_topics(config);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().fault, Fault::kUser);
  EXPECT_THAT(status.error().message, HasSubstr(config.topics.decisions));
  EXPECT_THAT(status.error().message, HasSubstr(config.topics.changelog));
  EXPECT_EQ(partitions_of(config, config.topics.decisions), 0);
}

TEST(Topics, ChangelogOfAnotherSizeIsRefused) {
  const KafkaConfig two = fresh_config(2);
  KafkaConfig three = fresh_names(3);
  three.topics.changelog = two.topics.changelog;
  Status status = ensure_topics(three);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().fault, Fault::kUser);
  EXPECT_THAT(status.error().message, HasSubstr("has 2 partitions"));
}

TEST(Topics, ChangelogThatForgetsIsRefused) {
  const KafkaConfig config = fresh_config(2);
  KafkaConfig wrong = fresh_names(2);
  wrong.topics.changelog = config.topics.decisions;
  Status status = ensure_topics(wrong);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("compact"));
}

TEST(Topics, ConnectionNamesATopicThatIsMissing) {
  KafkaConfig config = fresh_config(1);
  config.topics.triggers += "-no";
  auto connection = KafkaConnection::open(config, 0);
  ASSERT_FALSE(connection);
  EXPECT_THAT(connection.error().message, HasSubstr(config.topics.triggers));
}

/// As where not every broker has heard yet of a topic that was just made.
TEST(Topics, TheControlTopicMayBecomeKnownLater) {
  const KafkaConfig config = fresh_names(1);
  std::thread later([&config] {
    std::this_thread::sleep_for(std::chrono::seconds(2));
    EXPECT_TRUE(ensure_topics(config));
  });
  ControlTopic control(config);
  Status started = control.start([](const CampaignSwitchMap&) {});
  later.join();
  EXPECT_TRUE(started) << started.error().message;
}

}  // namespace
}  // namespace sapa::kafka
