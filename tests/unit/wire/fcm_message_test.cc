#include "engine/message/fcm_message.h"

#include <gtest/gtest.h>

#include "engine/base/json.h"

namespace sapa {
namespace {

constexpr Timestamp kNow{1772331185000};

std::string fcm(const Trigger& trigger) {
  std::string out;
  append_fcm_message(trigger, kNow, out);
  return out;
}

std::string apns(const Trigger& trigger) {
  std::string out;
  append_apns_headers(trigger, out);
  return out;
}

Trigger push() {
  Trigger trigger;
  trigger.trigger_id = "t1";
  trigger.campaign = "cart-abandonment";
  trigger.user_id = "u1";
  trigger.channel = Channel::kPush;
  trigger.time = kNow;
  trigger.expires_at = kNow + minutes(5);
  trigger.collapse_key = "cart";
  trigger.content.title = "Still there?";
  trigger.content.body = "Your cart waits";
  trigger.content.link = "shop://cart";
  return trigger;
}

TEST(FcmMessage, HasTheFieldsOfHttpV1) {
  EXPECT_EQ(fcm(push()),
            R"({"message":{"notification":{"title":"Still there?","body":"Your cart waits"},)"
            R"("data":{"triggerId":"t1","campaign":"cart-abandonment","link":"shop://cart"},)"
            R"("android":{"ttl":"300s","collapse_key":"cart","priority":"HIGH"},)"
            R"("apns":{"headers":{"apns-push-type":"alert","apns-priority":"10",)"
            R"("apns-expiration":"1772331485","apns-collapse-id":"cart"}},)"
            R"("fcm_options":{"analytics_label":"cart-abandonment"}}})");
}

TEST(FcmMessage, LeavesOutDataThatFcmReserves) {
  DataEntry data[] = {{"from", "x"},  {"message_type", "x"}, {"google.a", "x"},
                      {"gcm.b", "x"}, {"triggerId", "fake"}, {"", "x"},
                      {"kept", "yes"}};
  Trigger trigger = push();
  trigger.content.data = data;
  JsonReader reader;
  Arena arena;
  auto read = reader.read(fcm(trigger), arena);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(
      to_json(read->field("message").field("data")),
      R"({"triggerId":"t1","campaign":"cart-abandonment","link":"shop://cart","kept":"yes"})");
}

TEST(FcmMessage, TtlStaysWithinFcmsFourWeeks) {
  Trigger trigger = push();
  trigger.expires_at = kNow + days(60);
  EXPECT_NE(fcm(trigger).find(R"("ttl":"2419200s")"), std::string::npos);
  trigger.expires_at = kNow - seconds(1);
  EXPECT_NE(fcm(trigger).find(R"("ttl":"0s")"), std::string::npos);
  trigger.expires_at = Timestamp::never();
  EXPECT_EQ(fcm(trigger).find("ttl"), std::string::npos);
  EXPECT_EQ(fcm(trigger).find("apns-expiration"), std::string::npos);
}

TEST(FcmMessage, LowPriorityIsLowOnBoth) {
  Trigger trigger = push();
  trigger.priority = -1;
  EXPECT_NE(fcm(trigger).find(R"("priority":"NORMAL")"), std::string::npos);
  EXPECT_NE(apns(trigger).find(R"("apns-priority":"5")"), std::string::npos);
}

TEST(FcmMessage, AnalyticsLabelKeepsToFcmsAlphabet) {
  Trigger trigger = push();
  std::string name = "sale 50% für " + std::string(60, 'x');
  trigger.campaign = name;
  EXPECT_NE(fcm(trigger).find(R"("analytics_label":"sale_50%_f__r_)" + std::string(36, 'x') + "\""),
            std::string::npos)
      << fcm(trigger);
}

TEST(ApnsHeaders, ALongCollapseKeyBecomesAnEqualShortOne) {
  Trigger trigger = push();
  std::string key(65, 'k');
  trigger.collapse_key = key;
  JsonReader reader;
  Arena arena;
  auto read = reader.read(apns(trigger), arena);
  ASSERT_TRUE(read.ok());
  std::string_view id = read->field("apns-collapse-id").as_string();
  EXPECT_LE(id.size(), 64u);
  EXPECT_EQ(apns(trigger), apns(trigger));
  std::string other(65, 'j');
  trigger.collapse_key = other;
  EXPECT_EQ(apns(trigger).find(std::string(id)), std::string::npos);
  trigger.collapse_key = std::string_view(key).substr(0, 64);
  EXPECT_NE(apns(trigger).find(std::string(64, 'k')), std::string::npos);
}

}  // namespace
}  // namespace sapa
