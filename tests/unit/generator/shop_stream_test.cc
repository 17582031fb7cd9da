// The generated stream against the words of the reference workload.
#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "benchmarks/generator/stream.h"

namespace sapa::shop {
namespace {

using simdjson::dom::element;

/// The stream's events one after the other, each parsed.
template <typename Visit>
void for_each_event(const StreamOptions& options, Visit visit) {
  ASSERT_TRUE(check(options).ok());
  Stream stream(options);
  simdjson::dom::parser parser;
  while (const auto event = stream.next()) {
    element json;
    ASSERT_EQ(parser.parse(event->json.data(), event->json.size(), true).get(json),
              simdjson::SUCCESS)
        << event->json;
    visit(*event, json);
  }
}

std::string text(const element& value) { return std::string(std::string_view(value)); }

StreamOptions small() { return {}; }

StreamOptions with(uint64_t events, uint64_t customers) {
  StreamOptions options;
  options.events = events;
  options.customers = customers;
  return options;
}

uint64_t fingerprint(const StreamOptions& options) {
  uint64_t hash = 1469598103934665603ULL;  // FNV-1a
  Stream stream(options);
  while (const auto event = stream.next()) {
    for (const char byte : event->json) {
      hash = (hash ^ static_cast<uint8_t>(byte)) * 1099511628211ULL;
    }
  }
  return hash;
}

TEST(ShopStream, IsTheSameOnEveryMachine) {
  // Recorded once. A change of these numbers is a change of the workload: figures and expected
  // triggers from before are then no longer comparable.
  EXPECT_EQ(fingerprint(small()), 18183888673074821205u);
  StreamOptions other = with(20'000, 5'000'000);
  other.seed = 42;
  other.span_ms = int64_t{1440} * 3'600'000;
  other.visit_events = 8;
  EXPECT_EQ(fingerprint(other), 13740430404733208262u);
}

TEST(ShopStream, AnotherSeedIsAnotherStream) {
  StreamOptions other = small();
  other.seed = 2;
  EXPECT_NE(fingerprint(other), fingerprint(small()));
}

TEST(ShopStream, EachKindOfEventHasTheSharedShape) {
  const std::string head =
      R"re(\{"type":"track","event":"([A-Za-z ]+)","messageId":"e\d{11}","userId":"c\d{7}",)re"
      R"re("timestamp":"2026-0[23]-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","properties":\{)re";
  const std::string tail =
      R"re(\},"context":\{"app":\{"name":"shop","version":"5\.\d\.\d"\},)re"
      R"re("device":\{"type":"(?:android|ios)"\},"locale":"id-ID","timezone":"Asia/Jakarta",)re"
      R"re("city":"[A-Z][a-z]+"\}\})re";
  const std::string viewed =
      R"re("product_id":"p[01]\d{4}","category":"[a-z]+","brand":"[A-Za-z ]+",)re"
      R"re("name":"[^"]+","price":\d+000,"currency":"IDR")re";
  const std::string ordered =
      R"re(\{"product_id":"p[01]\d{4}","category":"[a-z]+","price":\d+000,"quantity":[123]\})re";
  const std::map<std::string, std::string> properties = {
      {"Application Opened", ""},
      {"Product Viewed", viewed},
      {"Products Searched", R"re("query":"[a-z ]+")re"},
      {"Product Added", viewed + R"re(,"quantity":[123],"cart_id":"k\d{7}-\d+")re"},
      {"Order Completed", R"re("order_id":"o\d{11}","total":\d+,"currency":"IDR","products":\[)re" +
                              ordered + "(?:," + ordered + "){0,2}\\]"}};
  std::map<std::string, std::regex> shapes;
  for (const auto& [event, pattern] : properties) shapes[event] = std::regex(head + pattern + tail);

  std::set<std::string> met;
  size_t bytes = 0;
  for_each_event(with(5'000, 500), [&](const StreamEvent& event, const element& json) {
    const std::string line(event.json);
    const std::string kind = text(json["event"]);
    ASSERT_TRUE(shapes.contains(kind)) << line;
    ASSERT_TRUE(std::regex_match(line, shapes[kind])) << line;
    ASSERT_EQ(text(json["userId"]), event.user_id);
    met.insert(kind);
    bytes += line.size();
  });
  EXPECT_EQ(met.size(), 5u);
  EXPECT_GT(bytes / 5'000, 350u);
  EXPECT_LT(bytes / 5'000, 450u);
}

TEST(ShopStream, KindsComeInTheirShares) {
  std::map<std::string, double> percent;
  for_each_event(small(), [&](const StreamEvent&, const element& json) {
    percent[text(json["event"])] += 100.0 / 100'000;
  });
  EXPECT_NEAR(percent["Application Opened"], 12, 0.4);
  EXPECT_NEAR(percent["Product Viewed"], 55, 0.6);
  EXPECT_NEAR(percent["Products Searched"], 10, 0.4);
  EXPECT_NEAR(percent["Product Added"], 15, 0.4);
  EXPECT_NEAR(percent["Order Completed"], 8, 0.3);
}

TEST(ShopStream, TimeAdvancesByAtLeastAMillisecondAndFillsTheSpan) {
  struct Case {
    uint64_t events;
    int64_t span_ms;
  };
  for (const Case& some : {Case{1, 1}, Case{1000, 1000}, Case{1000, 1001}, Case{999, 2500},
                           Case{50'000, int64_t{1440} * 3'600'000}}) {
    StreamOptions options = with(some.events, 100);
    options.span_ms = some.span_ms;
    Stream stream(options);
    int64_t last = kStreamStartMs - 1;
    uint64_t count = 0;
    while (const auto event = stream.next()) {
      ASSERT_GT(event->time_ms, last);
      last = event->time_ms;
      ++count;
    }
    EXPECT_EQ(count, some.events);
    EXPECT_LT(last, kStreamStartMs + some.span_ms);
    const auto slot = some.span_ms / static_cast<int64_t>(some.events);
    EXPECT_GE(last, kStreamStartMs + some.span_ms - 2 * slot - 1);
  }
}

TEST(ShopStream, TheTimestampIsTheTime) {
  StreamOptions options = with(3, 10);
  options.span_ms = 3;
  std::vector<std::string> times;
  for_each_event(options, [&](const StreamEvent&, const element& json) {
    times.push_back(text(json["timestamp"]));
  });
  EXPECT_EQ(times, (std::vector<std::string>{"2026-02-28T15:30:00.000Z", "2026-02-28T15:30:00.001Z",
                                             "2026-02-28T15:30:00.002Z"}));
}

TEST(ShopStream, MessageIdsAreUnique) {
  std::set<std::string> ids;
  for_each_event(small(), [&](const StreamEvent&, const element& json) {
    ASSERT_TRUE(ids.insert(text(json["messageId"])).second);
  });
  EXPECT_EQ(ids.size(), 100'000u);
}

TEST(ShopStream, ACustomerStaysInOneCityAndJakartaHasFortyPercent) {
  std::map<std::string, std::string> cities;
  for_each_event(small(), [&](const StreamEvent& event, const element& json) {
    const std::string city = text(json["context"]["city"]);
    const auto [at, added] = cities.emplace(event.user_id, city);
    ASSERT_EQ(at->second, city);
  });
  EXPECT_GT(cities.size(), 4'900u);  // nearly all of the 5,000 occur
  EXPECT_LE(cities.size(), 5'000u);
  const auto in_jakarta = std::count_if(
      cities.begin(), cities.end(), [](const auto& entry) { return entry.second == "Jakarta"; });
  EXPECT_NEAR(static_cast<double>(in_jakarta) / static_cast<double>(cities.size()), 0.4, 0.025);
}

TEST(ShopStream, SeventyPercentOfViewsAreInTwoFavouriteCategories) {
  std::map<std::string, std::map<std::string, int>> views;
  std::set<std::string> categories;
  for_each_event(with(100'000, 50), [&](const StreamEvent& event, const element& json) {
    if (text(json["event"]) != "Product Viewed") return;
    const std::string category = text(json["properties"]["category"]);
    categories.insert(category);
    ++views[std::string(event.user_id)][category];
  });
  EXPECT_EQ(categories.size(), kCategories);
  EXPECT_EQ(views.size(), 50u);
  for (const auto& [user, by_category] : views) {
    std::vector<int> counts;
    int all = 0;
    for (const auto& [category, count] : by_category) {
      counts.push_back(count);
      all += count;
    }
    std::sort(counts.rbegin(), counts.rend());
    EXPECT_NEAR((counts[0] + counts[1]) / static_cast<double>(all), 0.7, 0.08) << user;
  }
}

TEST(ShopStream, AProductKeepsItsCategoryBrandNameAndPrice) {
  std::map<std::string, std::string> products;
  std::map<std::string, std::string> ordered;
  std::set<std::string> names;
  for_each_event(small(), [&](const StreamEvent&, const element& json) {
    const std::string kind = text(json["event"]);
    if (kind == "Order Completed") {
      for (const element product : json["properties"]["products"]) {
        const std::string id = text(product["product_id"]);
        const std::string fixed =
            text(product["category"]) + "/" + std::to_string(int64_t(product["price"]));
        ASSERT_EQ(ordered.emplace(id, fixed).first->second, fixed);
      }
    }
    if (kind != "Product Viewed" && kind != "Product Added") return;
    const element properties = json["properties"];
    const std::string id = text(properties["product_id"]);
    const std::string category_and_price =
        text(properties["category"]) + "/" + std::to_string(int64_t(properties["price"]));
    const std::string fixed = category_and_price + text(properties["name"]);
    ASSERT_EQ(products.emplace(id, fixed).first->second, fixed);
    ASSERT_EQ(ordered.emplace(id, category_and_price).first->second, category_and_price);
    ASSERT_TRUE(text(properties["name"]).starts_with(text(properties["brand"])));
    names.insert(text(properties["category"]) + "/" + text(properties["name"]));
  });
  EXPECT_EQ(products.size(), kProducts);
  EXPECT_EQ(names.size(), kProducts);
}

TEST(ShopStream, TotalsAreAboutFourHundredThousandWithALongTail) {
  std::vector<int64_t> totals;
  std::map<uint64_t, int> products;
  for_each_event(with(400'000, 5'000), [&](const StreamEvent&, const element& json) {
    if (text(json["event"]) != "Order Completed") return;
    totals.push_back(int64_t(json["properties"]["total"]));
    ++products[simdjson::dom::array(json["properties"]["products"]).size()];
  });
  std::sort(totals.begin(), totals.end());
  const auto above = [&](int64_t limit) {
    const auto at = std::lower_bound(totals.begin(), totals.end(), limit);
    return static_cast<double>(totals.end() - at) / static_cast<double>(totals.size());
  };
  EXPECT_NEAR(static_cast<double>(totals[totals.size() / 2]), 400'000, 8'000);
  EXPECT_GT(totals.front(), 0);
  EXPECT_LE(totals.back(), 900'000'000);
  EXPECT_NEAR(above(1'000'000), 0.0634 + 0.003, 0.006);
  EXPECT_NEAR(above(10'000'000), 0.003 * 0.1995, 0.0005);   // 10^-0.7 of the tail
  EXPECT_NEAR(above(100'000'000), 0.003 * 0.0398, 0.0003);  // 100^-0.7 of the tail
  EXPECT_GT(above(100'000'000), 0);
  ASSERT_EQ(products.size(), 3u);
  for (const auto& [size, count] : products) {
    EXPECT_GE(size, 1u);
    EXPECT_NEAR(count / static_cast<double>(totals.size()), 1.0 / 3, 0.015);
  }
}

TEST(ShopStream, ACartEndsWithItsOrder) {
  std::map<std::string, int> orders;
  for_each_event(small(), [&](const StreamEvent& event, const element& json) {
    const std::string user(event.user_id);
    if (text(json["event"]) == "Order Completed") ++orders[user];
    if (text(json["event"]) != "Product Added") return;
    ASSERT_EQ(text(json["properties"]["cart_id"]),
              fmt::format("k{}-{}", user.substr(1), orders[user]));
  });
}

TEST(ShopStream, VisitsGroupACustomersEvents) {
  StreamOptions options = small();
  options.visit_events = 8;
  std::map<std::string, int> gap_after;  // events since the customer's last
  int together = 0;
  int index = 0;
  for_each_event(options, [&](const StreamEvent& event, const element&) {
    const auto [at, added] = gap_after.emplace(event.user_id, index);
    if (!added && index - at->second <= 20) ++together;
    at->second = index++;
  });
  EXPECT_GT(together, 80'000);  // seven of eight continue a visit
}

TEST(ShopStream, PaddingMakesEveryEventThatMuchLonger) {
  StreamOptions options = with(1'000, 100);
  std::vector<size_t> sizes;
  for_each_event(options, [&](const StreamEvent& event, const element&) {
    sizes.push_back(event.json.size());
  });
  options.padding_bytes = 150;
  size_t i = 0;
  for_each_event(options, [&](const StreamEvent& event, const element& json) {
    ASSERT_EQ(text(json["properties"]["description"]).size(), 150u);
    ASSERT_NEAR(static_cast<double>(event.json.size() - sizes[i++]), 150 + 16.5, 0.6);
  });
}

TEST(ShopStream, ALargerExponentMakesCustomersMoreUnequal) {
  const auto share_of_the_first = [](double exponent) {
    StreamOptions options = with(20'000, 1'000);
    options.exponent = exponent;
    std::map<std::string, int> events;
    for_each_event(options, [&](const StreamEvent& event, const element&) {
      ++events[std::string(event.user_id)];
    });
    int most = 0;
    for (const auto& [user, count] : events) most = std::max(most, count);
    return most / 20'000.0;
  };
  EXPECT_LT(share_of_the_first(0.01), 0.003);
  EXPECT_NEAR(share_of_the_first(0.8), 0.06, 0.02);
  EXPECT_GT(share_of_the_first(1.5), 0.3);
}

TEST(Shoppers, RanksAndNumbersAreOneToOne) {
  for (const uint64_t customers : {1u, 2u, 7u, 5'000u, 65'536u}) {
    const Shoppers shoppers(7, customers);
    std::set<uint64_t> numbers;
    for (uint64_t rank = 1; rank <= customers; ++rank) {
      numbers.insert(shoppers.number_of_rank(rank));
    }
    EXPECT_EQ(numbers.size(), customers);
    EXPECT_EQ(*numbers.begin(), 1u);
    EXPECT_EQ(*numbers.rbegin(), customers);
  }
}

TEST(StreamOptions, WhatCannotBeIsRefused) {
  EXPECT_TRUE(check(small()).ok());
  StreamOptions options = small();
  options.span_ms = 99'999;  // less than one millisecond for each of the 100,000 events
  EXPECT_FALSE(check(options).ok());
  options.span_ms = 100'000;
  EXPECT_TRUE(check(options).ok());
  EXPECT_FALSE(check(with(0, 1)).ok());
  EXPECT_FALSE(check(with(1, 0)).ok());
  options.visit_events = 0;
  EXPECT_FALSE(check(options).ok());
  for (const double exponent : {0.0, 1.0, -1.0, 4.0}) {
    options = small();
    options.exponent = exponent;
    EXPECT_FALSE(check(options).ok()) << exponent;
  }
}

}  // namespace
}  // namespace sapa::shop
