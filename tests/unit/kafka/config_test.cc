#include "connectors/kafka/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sapa::kafka {
namespace {

using ::testing::HasSubstr;
using Options = std::map<std::string, std::string>;

KafkaConfig with(Options options) {
  KafkaConfig config;
  config.bootstrap_servers = "127.0.0.1:9092";
  config.options = std::move(options);
  return config;
}

TEST(KafkaConfig, PassesKnownOptionsThrough) {
  EXPECT_TRUE(check_config(with({{"security.protocol", "plaintext"},
                                 {"consumer.fetch.min.bytes", "5"},
                                 {"producer.compression.type", "lz4"}})));
}

TEST(KafkaConfig, NamesUnknownOptions) {
  Status status = check_config(with({{"producer.compresion.type", "lz4"}}));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().fault, Fault::kUser);
  EXPECT_THAT(status.error().message, HasSubstr("producer.compresion.type"));
}

TEST(KafkaConfig, RefusesValuesThatLibrdkafkaRefuses) {
  Status status = check_config(with({{"linger.ms", "soon"}}));
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("linger.ms"));
}

TEST(KafkaConfig, RefusesOptionsThatItsPromisesStandOn) {
  for (const char* option :
       {"enable.auto.commit", "consumer.isolation.level", "transactional.id"}) {
    Status status = check_config(with({{option, "x"}}));
    ASSERT_FALSE(status) << option;
    EXPECT_THAT(status.error().message, HasSubstr(option));
  }
}

TEST(KafkaConfig, RefusesToBeWithoutServers) { EXPECT_FALSE(check_config(KafkaConfig())); }

TEST(KafkaConfig, PrefixedOptionsReachOneKindOfClientAndWin) {
  const KafkaConfig config =
      with({{"linger.ms", "1"}, {"producer.linger.ms", "2"}, {"consumer.fetch.min.bytes", "3"}});
  EXPECT_EQ(options_for(config, ClientKind::kProducer), (Options{{"linger.ms", "2"}}));
  EXPECT_EQ(options_for(config, ClientKind::kConsumer),
            (Options{{"linger.ms", "1"}, {"fetch.min.bytes", "3"}}));
  EXPECT_EQ(options_for(config, ClientKind::kAdmin), (Options{{"linger.ms", "1"}}));
}

TEST(KafkaConfig, DerivesTopicNames) {
  Topics topics;
  topics.input = "events";
  topics.changelog = "mine";
  topics.fill_defaults("shop");
  EXPECT_EQ(topics.decisions, "shop-decisions");
  EXPECT_EQ(topics.dead_letters, "events-dead-letters");
  EXPECT_EQ(topics.changelog, "mine");
}

TEST(KafkaConfig, ReadsNameAndValue) {
  Options options;
  EXPECT_TRUE(add_option("sasl.password=a=b", options));
  EXPECT_EQ(options.at("sasl.password"), "a=b");
  EXPECT_FALSE(add_option("no value", options));
  EXPECT_FALSE(add_option("=x", options));
}

}  // namespace
}  // namespace sapa::kafka
