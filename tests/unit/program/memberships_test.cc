#include "engine/program/memberships.h"

#include <gtest/gtest.h>

#include "engine/workspace/loader.h"

namespace sapa {
namespace {

constexpr const char* kWorkspace = R"(
policy: {timezone: Asia/Jakarta}
metrics:
  views: {count: View, over: 1h}
  total: {count: View}
segments:
  warm: metrics.views >= 1
  hot:  segments.warm && metrics.views >= 2
lifecycle:
  fan: metrics.total >= 2
  visitor: metrics.total >= 1
---
campaign: a
channel: push
when: {enters: hot}
message: {title: t}
---
campaign: b
channel: push
when: {enters: fan}
message: {title: t}
)";

class MembershipsTest : public testing::Test {
 protected:
  MembershipsTest() {
    LoadedWorkspace loaded = load_workspace_texts({{"test.yaml", kWorkspace}});
    workspace_ = loaded.workspace;
    evaluation_ = std::make_unique<Evaluation>(*workspace_, arena_);
    memberships_ = std::make_unique<Memberships>(*workspace_);
    customer_.metrics.resize(workspace_->metrics.size());
    customer_.zone = workspace_->policy.time_zone;
  }
  void view(int64_t minute) {
    evaluation_->begin(customer_, nullptr, at(minute));
    for (size_t i = 0; i < workspace_->metrics.size(); ++i) {
      customer_.metrics[i].add(workspace_->metrics[i].shape, evaluation_->clock(), "", {});
    }
  }
  /// "+hot -warm +visitor" …
  std::string look(int64_t minute) {
    evaluation_->begin(customer_, nullptr, at(minute));
    std::vector<Transition> transitions;
    memberships_->evaluate_all(customer_, *evaluation_, transitions);
    std::string text;
    for (const Transition& t : transitions) {
      text += t.entered ? " +" : " -";
      text += t.is_stage ? workspace_->lifecycle.stages[t.index].name
                         : workspace_->segments[t.index].name;
    }
    return text;
  }
  static Timestamp at(int64_t minute) { return Timestamp{1'772'409'600'000} + minutes(minute); }

  std::shared_ptr<const Workspace> workspace_;
  Arena arena_;
  std::unique_ptr<Evaluation> evaluation_;
  std::unique_ptr<Memberships> memberships_;
  Customer customer_;
};

TEST_F(MembershipsTest, TransitionsComeInOrderOfDefinitionAndOnce) {
  EXPECT_EQ(look(0), "");
  view(1);
  EXPECT_EQ(look(1), " +warm +visitor");
  EXPECT_EQ(look(1), "");
  view(2);
  EXPECT_EQ(look(2), " +hot -visitor +fan");
}

TEST_F(MembershipsTest, ItIsPlannedWhenTimeAloneMayChangeSomething) {
  look(0);
  EXPECT_EQ(customer_.reevaluate_at, Timestamp::never().ms);
  view(1), view(5);
  look(5);
  EXPECT_EQ(customer_.reevaluate_at, at(61).ms);
  EXPECT_EQ(look(60), "");
  EXPECT_EQ(look(61), " -hot");
  EXPECT_EQ(customer_.reevaluate_at, at(65).ms);
  EXPECT_EQ(look(65), " -warm");
  EXPECT_EQ(customer_.reevaluate_at, Timestamp::never().ms);
}

TEST_F(MembershipsTest, RemembersSinceWhen) {
  view(3);
  look(4);
  ASSERT_EQ(customer_.segments.size(), 1u);
  EXPECT_EQ(customer_.segments[0].since, at(4).ms);
  EXPECT_EQ(customer_.stage_since, at(4).ms);
}

}  // namespace
}  // namespace sapa
