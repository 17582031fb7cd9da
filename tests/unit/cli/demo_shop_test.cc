#include "engine/cli/demo_shop.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "engine/event/decoder.h"

namespace sapa {
namespace {

constexpr Timestamp kOpens{1'772'852'400'000};  // 2026-03-07T03:00:00Z
constexpr Timestamp kCloses = kOpens + hours(3);

std::vector<ShopEvent> story(uint64_t seed = 1, uint32_t customers = 100) {
  DemoShop shop({customers, seed, kOpens});
  std::vector<ShopEvent> events;
  while (shop.next_time() < kCloses) events.push_back(shop.next());
  return events;
}

TEST(DemoShop, TellsTheSameStoryForTheSameSeed) {
  auto one = story(7), same = story(7), other = story(8);
  ASSERT_EQ(one.size(), same.size());
  for (size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].json, same[i].json);
    EXPECT_EQ(one[i].customer_id, same[i].customer_id);
  }
  EXPECT_NE(one.back().json, other.back().json);
}

TEST(DemoShop, TellsTheStoryInRisingTime) {
  DemoShop shop({50, 1, kOpens});
  Timestamp last = Timestamp::beginning();
  while (shop.next_time() < kCloses) {
    Timestamp announced = shop.next_time();
    ShopEvent event = shop.next();
    EXPECT_EQ(event.time, announced);
    EXPECT_GT(event.time, last);
    last = event.time;
  }
}

TEST(DemoShop, WritesMessagesThatTheDecoderReads) {
  Decoder decoder;
  std::set<std::string> message_ids;
  for (const ShopEvent& shown : story()) {
    Arena arena;
    Event event;
    DecodeNotes notes;
    Refusal refusal;
    RawRecord record{shown.customer_id, shown.json, {}, kOpens};
    ASSERT_TRUE(decoder.decode(record, false, arena, event, notes, refusal))
        << refusal.reason << ": " << shown.json;
    EXPECT_EQ(event.customer_id(), shown.customer_id);
    EXPECT_EQ(event.timestamp, shown.time);
    EXPECT_FALSE(event.time_zone.empty());
    EXPECT_TRUE(message_ids.insert(std::string(event.message_id)).second) << event.message_id;
  }
}

/// How often each event comes from `from` on.
std::map<std::string, int> kinds_since(Timestamp from) {
  Decoder decoder;
  std::map<std::string, int> kinds;
  for (const ShopEvent& shown : story()) {
    if (shown.time < from) continue;
    Arena arena;
    Event event;
    DecodeNotes notes;
    Refusal refusal;
    RawRecord record{shown.customer_id, shown.json, {}, kOpens};
    if (decoder.decode(record, false, arena, event, notes, refusal)) {
      ++kinds[std::string(event.name)];
    }
  }
  return kinds;
}

TEST(DemoShop, HasEveryKindOfEventInItsPastAndPresent) {
  for (Timestamp from : {Timestamp::beginning(), kOpens}) {
    auto kinds = kinds_since(from);
    for (const char* kind : {"Application Opened", "Identified", "Products Searched",
                             "Product Viewed", "Product Added", "Order Completed"}) {
      EXPECT_GT(kinds[kind], 0) << kind;
    }
    EXPECT_EQ(kinds.size(), 6u);
    EXPECT_GT(kinds["Product Viewed"], kinds["Product Added"]);
    EXPECT_GT(kinds["Product Added"], kinds["Order Completed"]);
  }
}

TEST(DemoShop, LetsCustomersFallSilentForHalfAYearAndAYearWhileItIsOpen) {
  std::map<std::string, Timestamp> last;
  std::map<int, int> silent;  // by days
  for (const ShopEvent& event : story(1, 200)) last[event.customer_id] = event.time;
  for (const auto& [id, time] : last) {
    for (int length : {7, 14, 182, 365}) {
      Timestamp due = time + days(length);
      silent[length] += due > kOpens && due < kCloses;
    }
  }
  EXPECT_GE(silent[7], 5);
  EXPECT_GE(silent[14], 5);
  EXPECT_GE(silent[182], 8);
  EXPECT_GE(silent[365], 4);
}

TEST(DemoShop, KnowsTheNameUnderWhichACustomerIsIdentified) {
  DemoShop shop({20, 3, kOpens});
  int identified = 0;
  while (shop.next_time() < kCloses) {
    ShopEvent event = shop.next();
    if (event.json.find(R"("type":"identify")") == std::string::npos) continue;
    ++identified;
    std::string name = R"("first_name":")" + std::string(shop.first_name(event.customer_id)) + '"';
    EXPECT_NE(event.json.find(name), std::string::npos) << event.json;
  }
  EXPECT_GE(identified, 20);
}

TEST(DemoShop, GoesOnWithNewcomersForAsLongAsItIsAsked) {
  DemoShop shop({1, 1, kOpens});
  std::set<std::string> customers;
  while (shop.next_time() < kOpens + days(10)) customers.insert(shop.next().customer_id);
  EXPECT_GT(customers.size(), 5u);
}

TEST(DemoShop, NamesACustomerWhoComesOften) {
  DemoShop shop({200, 1, kOpens});
  std::map<std::string, int> opened;
  while (shop.next_time() < kCloses) {
    ShopEvent event = shop.next();
    if (event.time >= kOpens && event.json.find("Application Opened") != std::string::npos) {
      ++opened[event.customer_id];
    }
  }
  EXPECT_GE(opened[shop.busy_customer()], 2);
}

}  // namespace
}  // namespace sapa
