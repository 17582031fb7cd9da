// The index: what an event can concern, by its name.
#include <gtest/gtest.h>

#include "tests/unit/workspace/loading.h"

namespace sapa {
namespace {

using Numbers = std::vector<uint32_t>;
using Names = std::vector<std::string>;

constexpr const char* kWorkspace = R"(
metrics:
  orders: {count: Order Completed}
  everything: {count: any}
  views: {count: [Product Viewed, Product Added]}
  unused: {count: Order Completed}
segments:
  buyer: metrics.orders > 0
  jakarta: customer.city == 'Jakarta'
  local_buyer: segments.buyer && segments.jakarta
  looker: metrics.views > 3
  unused: metrics.orders > 5
lifecycle:
  lead: "!segments.buyer"
  other: "true"
---
campaign: low
channel: push
when: {event: Order Completed}
priority: -1
message: {title: x}
---
campaign: middle-1
channel: push
when: {event: [Order Completed, Product Viewed]}
message: {title: x}
---
campaign: middle-2
channel: push
when: {event: any}
audience: segments.local_buyer && segments.looker
message: {title: x}
---
campaign: high
channel: push
when: {event: Order Completed}
priority: 9
paused: true
message: {title: x}
---
campaign: joined
channel: push
when: {sequence: [Product Viewed, Product Viewed, Product Added], within: 1h, without: Order Completed}
message: {title: x}
---
campaign: silent
channel: push
when: {nothing: any, for: 3d}
message: {title: x}
---
campaign: reached
channel: push
when: {reaches: orders, at: 3}
message: {title: x}
---
campaign: reached-all
channel: push
when: {reaches: everything, at: 3}
message: {title: x}
)";

TEST(Index, ListsMetricsOfAnEventWithThoseOfEveryEvent) {
  auto workspace = load(kWorkspace);
  EXPECT_EQ(workspace->plan("Order Completed").metrics, (Numbers{0, 1}));
  EXPECT_EQ(workspace->plan("Product Added").metrics, (Numbers{1, 2}));
  EXPECT_EQ(workspace->plan("Something Else").metrics, Numbers{1});
}

TEST(Index, LeavesOutWhatNothingUses) {
  auto workspace = load(kWorkspace);
  EXPECT_FALSE(workspace->metrics[index_of_metric(*workspace, "unused")].used);
  EXPECT_FALSE(workspace->segments[4].used);
  EXPECT_EQ(workspace->plan("Order Completed").segments, (Numbers{0, 2}));
}

TEST(Index, FollowsSegmentsThatReadSegments) {
  auto workspace = load(kWorkspace);
  EXPECT_EQ(workspace->plan("Order Completed").segments, (Numbers{0, 2}));
  EXPECT_EQ(workspace->plan("Product Viewed").segments, Numbers{3});
  EXPECT_EQ(workspace->plan("Something Else").segments, Numbers{});
  EXPECT_EQ(workspace->trait_segments, (Numbers{1, 2}));
}

TEST(Index, EvaluatesTheLifecycleWhenWhatItReadsMayChange) {
  auto workspace = load(kWorkspace);
  EXPECT_TRUE(workspace->plan("Order Completed").evaluate_lifecycle);
  EXPECT_FALSE(workspace->plan("Product Viewed").evaluate_lifecycle);
  EXPECT_FALSE(workspace->lifecycle_reads_traits);
  auto by_trait = load(R"(
segments:
  vip: customer.vip
lifecycle:
  first: segments.vip
---
campaign: a
channel: push
when: {enters: first}
message: {title: x}
)");
  EXPECT_TRUE(by_trait->lifecycle_reads_traits);
}

TEST(Index, OrdersCampaignsByPriorityThenFileOrder) {
  auto workspace = load(kWorkspace);
  EXPECT_EQ(names_of(*workspace, workspace->plan("Order Completed").campaigns.starts),
            (Names{"high", "middle-1", "low"}));
  EXPECT_EQ(names_of(*workspace, workspace->plan("Product Viewed").campaigns.starts),
            Names{"middle-1"});
  EXPECT_EQ(names_of(*workspace, workspace->any_event.campaigns.starts), Names{"middle-2"});
}

TEST(Index, KnowsFirstStepsAndWhetherThereAreOthers) {
  auto workspace = load(kWorkspace);
  const auto& viewed = workspace->plan("Product Viewed").campaigns;
  EXPECT_EQ(names_of(*workspace, viewed.first_steps), Names{"joined"});
  EXPECT_TRUE(viewed.any_step);
  EXPECT_FALSE(viewed.any_absence);
  const auto& added = workspace->plan("Product Added").campaigns;
  EXPECT_TRUE(added.first_steps.empty());
  EXPECT_TRUE(added.any_step);
  const auto& ordered = workspace->plan("Order Completed").campaigns;
  EXPECT_FALSE(ordered.any_step);
  EXPECT_TRUE(ordered.any_absence);
}

TEST(Index, ListsThresholdsAndSilences) {
  auto workspace = load(kWorkspace);
  uint32_t orders = index_of_metric(*workspace, "orders");
  uint32_t everything = index_of_metric(*workspace, "everything");
  EXPECT_EQ(workspace->plan("Order Completed").reached_metrics, (Numbers{orders, everything}));
  EXPECT_EQ(workspace->plan("Something Else").reached_metrics, Numbers{everything});
  ASSERT_EQ(workspace->reaches(orders).size(), 1u);
  EXPECT_EQ(workspace->at_rank(workspace->reaches(orders)[0].rank).name, "reached");
  EXPECT_EQ(names_of(*workspace, workspace->any_event.campaigns.silences), Names{"silent"});
}

TEST(Index, FindsTransitions) {
  auto workspace = load(R"(
segments: {vip: customer.vip, rich: customer.rich}
---
campaign: welcome
channel: push
when: {enters: vip}
message: {title: x}
---
campaign: goodbye
channel: push
when: {leaves: vip}
message: {title: x}
)");
  ASSERT_NE(workspace->on_transition(false, 0, true), nullptr);
  EXPECT_EQ(names_of(*workspace, *workspace->on_transition(false, 0, true)), Names{"welcome"});
  EXPECT_EQ(names_of(*workspace, *workspace->on_transition(false, 0, false)), Names{"goodbye"});
  EXPECT_EQ(workspace->on_transition(false, 1, true), nullptr);
}

TEST(Index, GivesUnknownNamesThePlanOfEveryEvent) {
  auto workspace = load(kWorkspace);
  EXPECT_EQ(&workspace->plan("Something Else"), &workspace->any_event);
  EXPECT_EQ(&workspace->plan(""), &workspace->any_event);
}

}  // namespace
}  // namespace sapa
