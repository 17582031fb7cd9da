// What the loader makes of well-formed definitions: metrics, segments, limits, policy, messages,
// fingerprints.
#include <gtest/gtest.h>

#include "tests/unit/workspace/loading.h"

namespace sapa {
namespace {

Metric only_metric(const std::string& definition) {
  LoadedWorkspace loaded = load_workspace_texts({{"f", "metrics:\n  m: " + definition + "\n"}});
  EXPECT_NE(loaded.workspace, nullptr) << all_of(loaded.findings);
  if (loaded.workspace == nullptr) return {};
  // The test is its only owner; metrics move but do not copy.
  return std::move(const_cast<Workspace&>(*loaded.workspace).metrics.at(0));
}

TEST(MetricDefinition, ReadsKindWindowAndBounds) {
  Metric metric = only_metric(
      "{count: Product Viewed, by: event.properties.category, over: 10m, at_most: 99, keys: 7}");
  EXPECT_EQ(metric.shape.kind, MetricKind::kCount);
  EXPECT_EQ(metric.shape.window.kind, WindowKind::kSliding);
  EXPECT_EQ(metric.shape.window.length, minutes(10));
  EXPECT_TRUE(metric.shape.by_key);
  EXPECT_EQ(metric.shape.max_entries, 99u);
  EXPECT_EQ(metric.shape.max_keys, 7u);
  EXPECT_EQ(metric.events.names, std::vector<std::string>{"Product Viewed"});
  EXPECT_EQ(metric.value, nullptr);
  EXPECT_NE(metric.key, nullptr);
}

TEST(MetricDefinition, ReadsCalendarWindowsAndHalfLives) {
  Metric month = only_metric("{sum: event.properties.total, of: [A, B], over: calendar month}");
  EXPECT_EQ(month.shape.kind, MetricKind::kSum);
  EXPECT_EQ(month.shape.window.kind, WindowKind::kCalendar);
  EXPECT_EQ(month.shape.window.unit, CalendarUnit::kMonth);
  EXPECT_EQ(month.events.names, (std::vector<std::string>{"A", "B"}));
  Metric fading = only_metric("{count: any, half_life: 7d}");
  EXPECT_EQ(fading.shape.window.kind, WindowKind::kHalfLife);
  EXPECT_EQ(fading.shape.window.length, days(7));
  EXPECT_TRUE(fading.events.any());
}

TEST(MetricDefinition, KnowsWhenItsValueIsTheEventsTime) {
  EXPECT_TRUE(only_metric("{latest: event.timestamp, of: A, over: 60d}").value_is_event_time);
  EXPECT_TRUE(only_metric("{latest: ' event.timestamp ', of: A}").value_is_event_time);
  EXPECT_FALSE(
      only_metric("{latest: event.timestamp + duration('1h'), of: A}").value_is_event_time);
  EXPECT_FALSE(only_metric("{latest: event.properties.name, of: A}").value_is_event_time);
}

TEST(MetricFingerprint, StaysUnlessTheStateWouldDiffer) {
  auto fingerprint = [](const std::string& text) { return only_metric(text).fingerprint; };
  Fingerprint base = fingerprint("{sum: event.properties.total, of: [A, B], over: 24h}");
  EXPECT_NE(base, 0u);
  EXPECT_EQ(fingerprint("{of: [B, A], over: 1d, sum: '  event.properties.total'}"), base);
  EXPECT_EQ(fingerprint("{sum: event.properties.total, of: [A, B], over: 24h, at_most: 9}"), base);
  for (const char* other :
       {"{sum: event.properties.price, of: [A, B], over: 24h}",
        "{sum: event.properties.total, of: [A], over: 24h}",
        "{sum: event.properties.total, of: [A, B], over: 25h}",
        "{sum: event.properties.total, of: [A, B]}",
        "{max: event.properties.total, of: [A, B], over: 24h}",
        "{sum: event.properties.total, of: [A, B], over: 24h, by: event.name}",
        "{sum: event.properties.total, of: [A, B], over: 24h, if: event.name == 'A'}"}) {
    EXPECT_NE(fingerprint(other), base) << other;
  }
}

TEST(SegmentDefinition, KnowsWhatItReads) {
  auto workspace = load(R"(
metrics:
  a: {count: A}
  b: {count: B}
  c: {count: C}
segments:
  one: metrics.c > 1 && metrics.a > 1
  two: {enter: segments.one && customer.city == 'Jakarta', leave: metrics.b == 0}
  three: {enter: segments.two, leave: never}
)");
  const auto& segments = workspace->segments;
  EXPECT_EQ(segments[0].metrics, (std::vector<uint32_t>{0, 2}));
  EXPECT_FALSE(segments[0].reads_traits);
  EXPECT_EQ(segments[1].metrics, std::vector<uint32_t>{1});
  EXPECT_EQ(segments[1].segments, std::vector<uint32_t>{0});
  EXPECT_TRUE(segments[1].reads_traits);
  EXPECT_NE(segments[1].leave, nullptr);
  EXPECT_FALSE(segments[1].sticky);
  EXPECT_TRUE(segments[2].sticky);
  EXPECT_EQ(segments[2].leave, nullptr);
}

TEST(PolicyDefinition, ReadsCapsAndDeduplication) {
  auto workspace = load(R"(
policy:
  timezone: Asia/Makassar
  locale: en
  caps: [3 per 24h, {limit: 2 per calendar week, channels: [push, email]}]
  deduplicate: {within: 2h, at_most: 10}
)");
  const Policy& policy = workspace->policy;
  EXPECT_EQ(policy.time_zone_name, "Asia/Makassar");
  EXPECT_EQ(policy.time_zone, *TimeZone::find("Asia/Makassar"));
  EXPECT_EQ(policy.locale, "en");
  ASSERT_EQ(policy.caps.size(), 2u);
  EXPECT_EQ(policy.caps[0].limit.count, 3u);
  EXPECT_EQ(policy.caps[0].limit.window.length, hours(24));
  EXPECT_TRUE(policy.caps[0].covers(Channel::kVoucher));
  EXPECT_TRUE(policy.caps[1].covers(Channel::kEmail));
  EXPECT_FALSE(policy.caps[1].covers(Channel::kPopup));
  EXPECT_EQ(policy.deduplicate_within, hours(2));
  EXPECT_EQ(policy.deduplicate_at_most, 10u);
  EXPECT_EQ(workspace->send_history, days(8));
}

TEST(CampaignDefinition, HasSensibleDefaults) {
  auto workspace = load("campaign: a\nchannel: inbox\nwhen: {event: A}\nmessage: {title: x}\n");
  const Campaign& a = workspace->campaigns.at(0);
  EXPECT_EQ(a.channel, Channel::kInbox);
  EXPECT_EQ(a.expires, hours(24));
  EXPECT_EQ(a.priority, 0);
  EXPECT_FALSE(a.paused);
  EXPECT_TRUE(a.limits.empty());
  EXPECT_EQ(a.version.size(), 8u);
  EXPECT_EQ(workspace->fingerprint.size(), 16u);
  EXPECT_EQ(workspace->send_history, Duration{});
}

TEST(CampaignDefinition, ReadsLimitsOfEveryForm) {
  auto workspace = load(R"(
campaign: a
channel: push
when: {event: A}
limit: [once, 1 per 24h, 2 per calendar month, 3 ever]
expires: never
message: {title: x}
)");
  const Campaign& a = workspace->campaigns.at(0);
  ASSERT_EQ(a.limits.size(), 4u);
  EXPECT_EQ(a.limits[0].count, 1u);
  EXPECT_EQ(a.limits[0].window.kind, WindowKind::kForever);
  EXPECT_EQ(a.limits[1].window.kind, WindowKind::kSliding);
  EXPECT_EQ(a.limits[2].window.unit, CalendarUnit::kMonth);
  EXPECT_EQ(a.limits[3].count, 3u);
  EXPECT_EQ(a.expires, std::nullopt);
  EXPECT_EQ(workspace->send_history, days(32));
}

TEST(CampaignDefinition, SplitsTextsAtTheirExpressions) {
  auto workspace = load(R"(
campaign: a
channel: push
when: {event: A}
message:
  title: "a {{ event.name }} b {{ '}}' + {'x': '}'}.x }}{{ 1 }}"
  body: {id: Halo, en: "Hi {{ event.name }}"}
  data: {k: v, l: "{{ 2 }}"}
  buttons: [{label: Go, link: "x://{{ event.name }}"}]
)");
  const MessageTemplate& message = workspace->campaigns.at(0).message;
  const TextTemplate& title = message.title.by_locale.at(0).second;
  EXPECT_EQ(message.title.by_locale[0].first, "");
  EXPECT_EQ(title.literals, (std::vector<std::string>{"a ", " b ", "", ""}));
  EXPECT_EQ(title.expressions.size(), 3u);
  ASSERT_EQ(message.body.by_locale.size(), 2u);
  EXPECT_EQ(message.body.by_locale[0].first, "id");
  EXPECT_EQ(message.body.by_locale[1].second.literals, (std::vector<std::string>{"Hi ", ""}));
  ASSERT_EQ(message.data.size(), 2u);
  EXPECT_EQ(message.data[1].first, "l");
  ASSERT_EQ(message.buttons.size(), 1u);
  EXPECT_FALSE(message.buttons[0].link.empty());
  EXPECT_TRUE(message.image.empty());
}

TEST(CampaignFingerprint, DependsOnNameAndWhenAlone) {
  const std::string rest = "message: {title: x}\n";
  auto of = [&](const std::string& text) { return load(text)->campaigns.at(0).fingerprint; };
  Fingerprint base = of("campaign: a\nchannel: push\nwhen: {event: A, if: 1 > 0}\n" + rest);
  EXPECT_NE(base, 0u);
  EXPECT_EQ(of("campaign: a\nchannel: popup\nwhen: {if: 1 > 0, event: A}\npriority: 3\n" + rest),
            base);
  EXPECT_NE(of("campaign: b\nchannel: push\nwhen: {event: A, if: 1 > 0}\n" + rest), base);
  EXPECT_NE(of("campaign: a\nchannel: push\nwhen: {event: A, if: 1 > 2}\n" + rest), base);
}

TEST(CampaignVersion, ChangesWithTheTextButNotWithTheLayout) {
  auto of = [](const std::string& text) { return load(text)->campaigns.at(0).version; };
  std::string base = of("campaign: a\nchannel: push\nwhen: {event: A}\nmessage: {title: x}\n");
  EXPECT_EQ(
      of("# Hello\nchannel: \"push\"\ncampaign: a\nmessage:\n  title: x\nwhen:\n  event: A\n"),
      base);
  EXPECT_NE(of("campaign: a\nchannel: push\nwhen: {event: A}\nmessage: {title: y}\n"), base);
}

TEST(CampaignDefinition, MayStandInAList) {
  auto workspace = load(R"(
campaigns:
  - {campaign: a, channel: push, when: {event: A}, message: {title: x}}
  - {campaign: b, channel: push, when: {event: A}, message: {title: x}, paused: true}
)");
  ASSERT_EQ(workspace->campaigns.size(), 2u);
  EXPECT_TRUE(campaign(*workspace, "b").paused);
}

}  // namespace
}  // namespace sapa
