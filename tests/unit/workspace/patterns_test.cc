// Every form of `when`, and what patterns capture of their steps' events.
#include <gtest/gtest.h>

#include "tests/unit/workspace/loading.h"

namespace sapa {
namespace {

using Paths = std::vector<std::vector<std::string>>;

std::shared_ptr<const Workspace> with(const std::string& campaign) {
  return load(R"(
metrics:
  orders: {count: Order Completed}
segments:
  loyal: metrics.orders > 3
lifecycle:
  lead: metrics.orders == 0
  buyer: "true"
---
campaign: a
channel: push
)" + campaign);
}

TEST(When, ReadsEventsWithTheirCondition) {
  auto workspace = with("when: {event: [A, B], if: metrics.orders > 1}\nmessage: {title: x}\n");
  const When& when = workspace->campaigns.at(0).when;
  EXPECT_EQ(when.kind, WhenKind::kEvent);
  ASSERT_EQ(when.steps.size(), 1u);
  EXPECT_EQ(when.steps[0].events.names, (std::vector<std::string>{"A", "B"}));
  EXPECT_NE(when.steps[0].condition, nullptr);
}

TEST(When, ReadsAbsences) {
  auto workspace = with(R"(
when:
  event: A
  as: a
  without: {event: B, if: event.properties.id == a.properties.id}
  within: 30m
  restart: true
  at_most: 3
message: {title: "{{ event.properties.name }} {{ event.context.city }} {{ a.properties.sku }}"}
)");
  const When& when = workspace->campaigns.at(0).when;
  EXPECT_EQ(when.kind, WhenKind::kPattern);
  EXPECT_EQ(when.within, minutes(30));
  EXPECT_TRUE(when.restart);
  EXPECT_EQ(when.max_instances, 3u);
  ASSERT_TRUE(when.without.has_value());
  EXPECT_EQ(when.without->events.names, std::vector<std::string>{"B"});
  EXPECT_EQ(when.steps[0].captures, (Paths{{"context", "city"},
                                           {"properties", "id"},
                                           {"properties", "name"},
                                           {"properties", "sku"}}));
}

TEST(When, CapturesNothingOfTheEventThatCompletesAPattern) {
  auto workspace = with(R"(
when:
  sequence:
    - {event: A, as: view}
    - B
    - {event: C, as: add, if: event.properties.id == view.properties.id && event.traits.x == 1}
  within: 1h
message: {title: "{{ view.name }} {{ view.timestamp }} {{ add.properties.z }} {{ event.context.y }}"}
)");
  const When& when = workspace->campaigns.at(0).when;
  ASSERT_EQ(when.steps.size(), 3u);
  EXPECT_EQ(when.steps[0].captures, (Paths{{"event"}, {"properties", "id"}}));
  EXPECT_EQ(when.steps[1].captures, Paths{});
  EXPECT_EQ(when.steps[2].captures, Paths{});
  EXPECT_EQ(when.steps[2].name, "add");
}

TEST(When, CapturesTheLastEventWhereATimerCompletesThePattern) {
  auto workspace = with(R"(
when:
  sequence: [{event: A, as: view}, {event: B, as: add}]
  without: C
  within: 1h
audience: event.properties.total > 3
collapse_key: "{{ event.properties.cart }}"
message: {title: "{{ view.properties.a.b }} {{ add.properties.z }}"}
)");
  const When& when = workspace->campaigns.at(0).when;
  EXPECT_EQ(when.steps[0].captures, (Paths{{"properties", "a", "b"}}));
  EXPECT_EQ(when.steps[1].captures,
            (Paths{{"properties", "cart"}, {"properties", "total"}, {"properties", "z"}}));
}

TEST(When, CapturesTheWholeWhereTheWholeIsRead) {
  auto workspace = with(R"(
when: {event: A, without: B, within: 1h}
audience: event.properties.total > 3
message: {title: "{{ size(event.properties) }}"}
)");
  EXPECT_EQ(workspace->campaigns.at(0).when.steps[0].captures, (Paths{{"properties"}}));
}

TEST(When, ReadsSilences) {
  auto workspace =
      with("when: {nothing: any, for: 30d, if: metrics.orders > 0}\nmessage: {title: x}\n");
  const When& when = workspace->campaigns.at(0).when;
  EXPECT_EQ(when.kind, WhenKind::kNothing);
  EXPECT_TRUE(when.steps.at(0).events.any());
  EXPECT_EQ(when.within, days(30));
  EXPECT_NE(when.condition, nullptr);
}

TEST(When, ReadsThresholdsWithTheEventThatReachesThem) {
  auto workspace = with(
      "when: {reaches: orders, at: 2.5, if: event.name == 'x'}\nmessage: {title: '{{ event.name "
      "}}'}\n");
  const When& when = workspace->campaigns.at(0).when;
  EXPECT_EQ(when.kind, WhenKind::kReaches);
  EXPECT_EQ(when.metric, 0u);
  EXPECT_EQ(when.at, 2.5);
}

TEST(When, ReadsSegmentsAndStages) {
  auto enters = with("when: {enters: loyal, if: metrics.orders > 1}\nmessage: {title: x}\n");
  EXPECT_EQ(enters->campaigns.at(0).when.kind, WhenKind::kEnters);
  EXPECT_FALSE(enters->campaigns[0].when.is_stage);
  auto leaves = with("when: {leaves: buyer}\nmessage: {title: x}\n");
  EXPECT_EQ(leaves->campaigns.at(0).when.kind, WhenKind::kLeaves);
  EXPECT_TRUE(leaves->campaigns[0].when.is_stage);
  EXPECT_EQ(leaves->campaigns[0].when.segment, 1u);
}

}  // namespace
}  // namespace sapa
