#include "engine/customer/customer_codec.h"

#include <algorithm>
#include <memory>
#include <random>

#include <gtest/gtest.h>

#include "tests/unit/customer/metric_model.h"

namespace sapa {
namespace {

class CustomerCodec : public testing::Test {
 protected:
  CustomerCodec() {
    DefinitionId id = 100;
    for (MetricKind kind : kAllKinds) {
      for (const MetricWindow& window : windows_of(kind)) {
        for (bool by_key : {false, true}) {
          layout_.metrics.push_back({++id, {kind, window, by_key, 8, 3}});
        }
      }
    }
    for (DefinitionId kept = 1; kept <= 20; ++kept) layout_.kept.push_back(kept);
  }

  int64_t time() { return 1'772'000'000'000 + static_cast<int64_t>(random_() % 40'000'000'000); }
  DefinitionId definition() { return static_cast<DefinitionId>(1 + random_() % 20); }
  std::string text() {
    std::string t(random_() % 12, '\0');
    for (char& c : t) c = static_cast<char>(random_());
    return t;
  }
  template <typename T, typename Make>
  void fill(std::vector<T>& list, Make make) {
    if (random_() % 3 == 0) return;
    for (uint64_t count = random_() % 6; count > 0; --count) list.push_back(make());
  }
  template <typename T, typename Make>
  void fill(StoredList<T>& list, Make make) {
    fill(list.change(), make);
  }

  Customer random_customer() {
    Customer c;
    c.anonymous = random_() % 2 == 0;
    c.first_seen = time();
    c.last_seen = c.first_seen + static_cast<int64_t>(random_() % 10'000'000'000);
    c.events = random_() >> (10 + random_() % 50);
    if (random_() % 2 == 0) c.time_zone = "Europe/London", c.locale = "en-GB";
    if (random_() % 2 == 0) c.traits = text();
    for (uint64_t count = random_() % 20; count > 0; --count) c.seen.add(random_(), time());
    fill(c.sent, [&] {
      return SentTrigger{time(), definition(), static_cast<uint8_t>(random_())};
    });
    fill(c.suppressed, [&] {
      return SuppressedTrigger{time(), definition(), static_cast<uint8_t>(random_())};
    });
    fill(c.patterns, [&] {
      PatternInstance p{
          definition(), static_cast<uint32_t>(random_() % 16), time(), time(), text(), {}};
      fill(p.captures, [&] { return text(); });
      return p;
    });
    fill(c.silences, [&] { return SilenceWatch{definition(), time(), random_() % 2 == 0}; });
    fill(c.segments, [&] { return Membership{definition(), time()}; });
    if (random_() % 2 == 0) c.stage = definition(), c.stage_since = time();
    fill(c.reached, [&] { return ReachedMark{definition(), time()}; });
    if (random_() % 2 == 0) c.reevaluate_at = time();
    c.evaluated_at = time();
    fill_metrics(c);
    return c;
  }

  void fill_metrics(Customer& customer) {
    static const char* kKeys[] = {"kitchen", "garden", "toys", "pets", ""};
    customer.metrics.resize(layout_.metrics.size());
    CalendarCache calendar;
    for (size_t i = 0; i < layout_.metrics.size(); ++i) {
      const MetricShape& shape = layout_.metrics[i].shape;
      for (uint64_t count = random_() % 12; count > 0; --count) {
        customer.metrics[i].add(shape, {Timestamp{time()}, {}, &calendar}, kKeys[random_() % 5],
                                random_value(shape.kind, random_));
      }
    }
  }

  std::string encoded(const Customer& customer) {
    std::string bytes;
    encode_customer(customer, layout_, bytes);
    return bytes;
  }

  RecordLayout layout_;
  std::mt19937_64 random_{1};
};

void expect_equal(const Customer& a, const Customer& b) {
  EXPECT_EQ(a.anonymous, b.anonymous);
  EXPECT_EQ(a.first_seen, b.first_seen);
  EXPECT_EQ(a.last_seen, b.last_seen);
  EXPECT_EQ(a.events, b.events);
  EXPECT_EQ(a.time_zone, b.time_zone);
  EXPECT_EQ(a.locale, b.locale);
  EXPECT_EQ(a.traits, b.traits);
  EXPECT_EQ(a.stage, b.stage);
  if (a.stage != 0) {
    EXPECT_EQ(a.stage_since, b.stage_since);
  }
  EXPECT_EQ(a.reevaluate_at, b.reevaluate_at);
  EXPECT_EQ(b.evaluated_at, a.evaluated_at > a.last_seen ? a.evaluated_at : 0);
  auto equal_lists = [](const auto& x, const auto& y, auto equal) {
    EXPECT_TRUE(std::equal(x.begin(), x.end(), y.begin(), y.end(), equal));
  };
  EXPECT_EQ(a.seen, b.seen);
  equal_lists(a.sent, b.sent, [](auto& x, auto& y) {
    return x.time == y.time && x.campaign == y.campaign && x.channel == y.channel;
  });
  equal_lists(a.suppressed, b.suppressed, [](auto& x, auto& y) {
    return x.time == y.time && x.campaign == y.campaign && x.reason == y.reason;
  });
  equal_lists(a.patterns, b.patterns, [](auto& x, auto& y) {
    return x.campaign == y.campaign && x.steps_done == y.steps_done && x.started == y.started &&
           x.deadline == y.deadline && x.start_message_id == y.start_message_id &&
           x.captures == y.captures;
  });
  equal_lists(a.silences, b.silences, [](auto& x, auto& y) {
    return x.campaign == y.campaign && x.since == y.since && x.fired == y.fired;
  });
  equal_lists(a.segments, b.segments,
              [](auto& x, auto& y) { return x.segment == y.segment && x.since == y.since; });
  equal_lists(a.reached, b.reached,
              [](auto& x, auto& y) { return x.campaign == y.campaign && x.time == y.time; });
}

TEST_F(CustomerCodec, EveryFieldComesBack) {
  CalendarCache calendar;
  Customer back;  // as in the engine, one after the other is decoded into the same
  for (int round = 0; round < 150; ++round) {
    Customer customer = random_customer();
    std::string bytes = encoded(customer);
    ASSERT_TRUE(decode_customer(bytes, layout_, back));
    expect_equal(customer, back);
    EXPECT_EQ(encoded(back), bytes);
    for (size_t i = 0; i < layout_.metrics.size(); ++i) {
      const MetricShape& shape = layout_.metrics[i].shape;
      MetricClock clock{Timestamp{time()}, {}, &calendar};
      for (const char* key : {"kitchen", "toys", ""}) {
        EXPECT_EQ(to_json(back.metrics[i].read(shape, clock, key)),
                  to_json(customer.metrics[i].read(shape, clock, key)));
      }
      EXPECT_EQ(back.metrics[i].exact(shape, clock.now),
                customer.metrics[i].exact(shape, clock.now));
    }
    if (HasFailure()) return;
  }
}

TEST_F(CustomerCodec, ListsAreStoredAnewWhenAnEarlierFirstEventIsLearned) {
  for (int round = 0; round < 150; ++round) {
    Customer customer = random_customer(), opened, back;
    std::string bytes = encoded(customer);
    ASSERT_TRUE(decode_customer(bytes, layout_, opened, WrittenBy::kThisWorkspace));
    opened.first_seen -= 1'000 * static_cast<int64_t>(random_() % 1'000'000);
    if (round % 2 == 0) opened.sent.change().push_back({time(), 1, 0});
    std::string after = encoded(opened);
    ASSERT_TRUE(decode_customer(after, layout_, back, WrittenBy::kThisWorkspace));
    expect_equal(opened, back);
  }
}

TEST_F(CustomerCodec, WhatWasNotTouchedIsStoredAsItWas) {
  CalendarCache calendar;
  for (int round = 0; round < 150; ++round) {
    std::string bytes = encoded(random_customer());
    Customer customer;
    ASSERT_TRUE(decode_customer(bytes, layout_, customer));
    const size_t i = random_() % layout_.metrics.size();
    const MetricShape& shape = layout_.metrics[i].shape;
    MetricClock clock{Timestamp{time()}, {}, &calendar};
    customer.metrics[i].read(shape, clock, "toys");
    EXPECT_EQ(encoded(customer), bytes) << "reading changes nothing";
    Customer changed;
    ASSERT_TRUE(decode_customer(bytes, layout_, changed));
    customer.metrics[i].add(shape, clock, "toys", random_value(shape.kind, random_));
    std::string after = encoded(customer);
    ASSERT_TRUE(decode_customer(after, layout_, changed));
    EXPECT_EQ(encoded(changed), after);
  }
}

TEST_F(CustomerCodec, DamagedBytesAreRefusedOrReadWithoutHarm) {
  for (int round = 0; round < 1'500; ++round) {
    std::string bytes = encoded(random_customer());
    for (uint64_t edits = 1 + random_() % 4; edits > 0 && !bytes.empty(); --edits) {
      size_t at = random_() % bytes.size();
      switch (random_() % 4) {
        case 0:
          bytes.resize(at);
          break;
        case 1:
          bytes[at] = '\xFF';
          break;
        case 2:
          bytes.insert(at, 1, static_cast<char>(random_()));
          break;
        default:
          bytes[at] = static_cast<char>(random_());
      }
    }
    auto exact = std::make_unique<char[]>(bytes.size());  // so that a sanitizer sees its end
    std::memcpy(exact.get(), bytes.data(), bytes.size());
    Customer customer;
    if (decode_customer({exact.get(), bytes.size()}, layout_, customer)) encoded(customer);
  }
}

TEST_F(CustomerCodec, TruncatedRecordsAreRefused) {
  std::string bytes = encoded(random_customer());
  for (size_t length = 0; length < bytes.size(); ++length) {
    Customer customer;
    ASSERT_FALSE(decode_customer(std::string_view(bytes).substr(0, length), layout_, customer));
  }
}

TEST_F(CustomerCodec, OtherVersionsAndTrailingBytesAreRefused) {
  std::string bytes = encoded(random_customer());
  Customer customer;
  EXPECT_FALSE(decode_customer(bytes + "x", layout_, customer));
  bytes[0] = 1;
  EXPECT_FALSE(decode_customer(bytes, layout_, customer));
}

TEST_F(CustomerCodec, AnEmptyCustomerTakesFewBytes) {
  Customer customer;
  customer.first_seen = customer.last_seen = 1'772'000'000'000;
  customer.events = 1;
  customer.metrics.resize(layout_.metrics.size());
  EXPECT_LE(encoded(customer).size(), 12u);
}

TEST_F(CustomerCodec, WhatTheWorkspaceNoLongerDefinesIsLeftBehind) {
  Customer customer = random_customer(), back;
  customer.patterns = {{5, 1, 10, 20, "m", {}}, {6, 1, 10, 20, "m", {}}};
  customer.silences = {{5, 10, false}, {6, 10, false}};
  customer.segments = {{5, 10}, {6, 10}};
  customer.reached = {{5, 10}, {6, 10}};
  customer.sent = {{10, 5, 0}, {10, 6, 0}};
  customer.stage = 6;
  std::string bytes = encoded(customer);
  RecordLayout later;
  later.kept = {5};
  later.metrics = {layout_.metrics[40], {9999, {}}, layout_.metrics[2]};
  ASSERT_TRUE(decode_customer(bytes, later, back));
  ASSERT_EQ(back.patterns.size(), 1u);
  EXPECT_EQ(back.patterns[0].campaign, 5u);
  ASSERT_EQ(back.silences.size(), 1u);
  ASSERT_EQ(back.segments.size(), 1u);
  ASSERT_EQ(back.reached.size(), 1u);
  EXPECT_EQ(back.stage, 0u);
  EXPECT_EQ(back.sent.size(), 2u) << "caps count what a campaign that is gone has sent, too";
  ASSERT_EQ(back.metrics.size(), 3u);
  EXPECT_TRUE(back.metrics[1].empty());
  CalendarCache calendar;
  MetricClock clock{Timestamp{customer.last_seen}, {}, &calendar};
  const MetricShape& shape = layout_.metrics[2].shape;
  EXPECT_EQ(to_json(back.metrics[2].read(shape, clock, "")),
            to_json(customer.metrics[2].read(shape, clock, "")));
}

}  // namespace
}  // namespace sapa
