#include "connectors/kafka/transactions.h"

#include <gtest/gtest.h>

namespace sapa::kafka {
namespace {

TEST(Transactions, NamesAreOfGroupInstanceAndWorker) {
  KafkaConfig config;
  config.group = "shop";
  EXPECT_EQ(transactions_name(config, "one", 3), "shop-one-3");
  config.transactional_id_prefix = "eu";
  EXPECT_EQ(transactions_name(config, "one", 3), "eu-one-3");
  EXPECT_EQ(transactional_ids("eu-one-3"), (std::vector<std::string>{"eu-one-3-0", "eu-one-3-1"}));
}

TEST(Transactions, AnOwnerIsReadBack) {
  const auto owner = owner_from(to_metadata({R"(a "shop"-one-0)", "rdkafka-1234"}));
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->transactions_name, R"(a "shop"-one-0)");
  EXPECT_EQ(owner->member_id, "rdkafka-1234");
}

TEST(Transactions, OthersMetadataIsNoOwner) {
  for (const char* text : {"", "free text", "{", "[1]", "{}", R"({"transactions":1,"member":"x"})",
                           R"({"transactions":"x"})", R"({"member":"x"})"}) {
    EXPECT_FALSE(owner_from(text)) << text;
  }
}

}  // namespace
}  // namespace sapa::kafka
