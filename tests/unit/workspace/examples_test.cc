// The example workspaces under deploy/: each is without findings and says what its business asks
// for.
#include <gtest/gtest.h>

#include "tests/unit/workspace/loading.h"

namespace sapa {
namespace {

std::shared_ptr<const Workspace> example(const std::string& name) {
  auto loaded = load_workspace(SAPA_SOURCE_DIR "/deploy/workspaces/" + name);
  if (!loaded.ok()) {
    ADD_FAILURE() << loaded.error().message;
    return std::make_shared<Workspace>();
  }
  EXPECT_EQ(all_of(loaded->findings), "");
  return loaded->workspace == nullptr ? std::make_shared<Workspace>() : loaded->workspace;
}

class ExampleWorkspace : public testing::TestWithParam<const char*> {};

TEST_P(ExampleWorkspace, LoadsWithoutFindings) {
  auto workspace = example(GetParam());
  EXPECT_FALSE(workspace->campaigns.empty());
  EXPECT_GT(worst_case_bytes(*workspace).total, 0u);
  EXPECT_LT(worst_case_bytes(*workspace).total, 64u * 1024);
}

INSTANTIATE_TEST_SUITE_P(Deploy, ExampleWorkspace,
                         testing::Values("shop", "retailer", "mall", "history"),
                         [](const auto& test) { return std::string(test.param); });

TEST(ShopWorkspace, ConsidersCampaignsInTheReferenceOrder) {
  auto workspace = example("shop");
  std::vector<const Campaign*> order;
  for (const Campaign& each : workspace->campaigns) order.push_back(&each);
  std::sort(order.begin(), order.end(),
            [](const Campaign* a, const Campaign* b) { return a->priority > b->priority; });
  std::vector<std::string> names;
  for (const Campaign* each : order) {
    names.push_back(each->name);
    EXPECT_EQ(each->expires, std::nullopt) << each->name;
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"tier-gold", "tier-blue", "first-order-survey", "big-spender",
                                      "cart-abandonment", "category-interest", "welcome-back"}));
  EXPECT_EQ(workspace->send_history, hours(24));
}

TEST(ShopWorkspace, ConcernsFewCampaignsPerEvent) {
  auto workspace = example("shop");
  const EventPlan& viewed = workspace->plan("Product Viewed");
  EXPECT_EQ(names_of(*workspace, viewed.campaigns.starts),
            std::vector<std::string>{"category-interest"});
  EXPECT_EQ(viewed.metrics.size(), 1u);
  EXPECT_FALSE(viewed.campaigns.any_step);
  const EventPlan& searched = workspace->plan("Products Searched");
  EXPECT_TRUE(searched.metrics.empty());
  EXPECT_TRUE(searched.campaigns.starts.empty());
  ASSERT_EQ(workspace->plan("Order Completed").reached_metrics.size(), 1u);
  uint32_t spend = workspace->plan("Order Completed").reached_metrics[0];
  ASSERT_EQ(workspace->reaches(spend).size(), 2u);
  EXPECT_EQ(workspace->at_rank(workspace->reaches(spend)[0].rank).name, "tier-blue");
}

TEST(HistoryWorkspace, OrdersStagesFromTheLongestSilence) {
  auto workspace = example("history");
  std::vector<std::string> stages;
  for (const LifecycleStage& stage : workspace->lifecycle.stages) stages.push_back(stage.name);
  EXPECT_EQ(stages, (std::vector<std::string>{"inactive", "defecting", "first_timer", "active"}));
}

TEST(MallWorkspace, KeepsLevelsOnceReached) {
  auto workspace = example("mall");
  ASSERT_EQ(workspace->segments.size(), 3u);
  for (const Segment& segment : workspace->segments) EXPECT_TRUE(segment.sticky) << segment.name;
}

}  // namespace
}  // namespace sapa
