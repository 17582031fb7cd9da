#include "engine/workspace/changes.h"

#include <gtest/gtest.h>

#include "engine/workspace/loader.h"

namespace sapa {
namespace {

std::shared_ptr<const Workspace> load(const std::string& text) {
  LoadedWorkspace loaded = load_workspace_texts({{"a.yaml", text}});
  EXPECT_NE(loaded.workspace, nullptr);
  return loaded.workspace;
}

const std::string kBefore = R"(
metrics:
  orders: {count: Order Completed}
  spend: {sum: event.properties.total, of: Order Completed, over: 30d}
  gone: {count: A}
segments:
  buyer: metrics.orders >= 2
  rich: metrics.spend > 100
---
campaign: cart
channel: push
when: {event: Product Added, without: Order Completed, within: 30m}
message: {title: "{{ metrics.gone }}"}
---
campaign: plain
channel: push
when: {event: Order Completed, if: metrics.spend > 1}
audience: segments.buyer && !segments.rich
message: {title: a}
)";

/// "kind name outcome: why" of what is not simply kept.
std::vector<std::string> changes(const std::string& before, const std::string& after) {
  std::vector<std::string> lines;
  for (const WorkspaceChange& change : compare_workspaces(*load(before), *load(after))) {
    if (change.outcome == WorkspaceChange::Outcome::kKept && change.why.empty()) continue;
    lines.push_back(std::string(kind_name(change.kind)) + " " + change.name + " " +
                    std::string(outcome_name(change.outcome)) + ": " + change.why);
  }
  return lines;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

using Lines = std::vector<std::string>;

TEST(WorkspaceChanges, AreNoneForTheSameDefinitionsInAnyOrder) {
  EXPECT_EQ(changes(kBefore, kBefore), Lines{});
  std::string moved = replaced(kBefore, "  orders: {count: Order Completed}\n", "");
  moved = replaced(moved, "  gone:", "  orders: {count: Order Completed}  # moved\n  gone:");
  EXPECT_EQ(changes(kBefore, moved), Lines{});
}

TEST(WorkspaceChanges, AChangedMetricStartsAnewAndThoseThatReadItAreTold) {
  EXPECT_EQ(changes(kBefore, replaced(kBefore, "over: 30d", "over: 7d")),
            (Lines{"metric spend reset: it counted over 30d, now over 7d; it starts anew",
                   "segment rich kept: it reads metric `spend`, which starts anew",
                   "campaign plain kept: it reads metric `spend`, which starts anew"}));
  EXPECT_EQ(changes(kBefore, replaced(kBefore, "over: 30d", "over: 30d, at_most: 99")),
            (Lines{"metric spend kept: its bounds changed"}));
}

TEST(WorkspaceChanges, OnlyAChangedWhenForgetsWhatIsUnderWay) {
  EXPECT_EQ(changes(kBefore, replaced(kBefore, "within: 30m", "within: 45m"))
                .at(0)
                .find("campaign cart reset: its `when` changed"),
            0u);
  EXPECT_EQ(changes(kBefore, replaced(kBefore, "title: a", "title: b"))
                .at(0)
                .find("campaign plain kept: edited: version "),
            0u);
  EXPECT_EQ(changes(kBefore, replaced(kBefore, "audience:", "paused: true\naudience:")),
            (Lines{"campaign plain kept: it is paused now"}));
}

TEST(WorkspaceChanges, TellWhatIsAddedAndRemoved) {
  std::string after = replaced(kBefore, "  gone: {count: A}\n", "");
  after = replaced(after, "{{ metrics.gone }}", "x");
  after = replaced(after, "campaign: plain", "campaign: other");
  after = replaced(after, "  buyer: metrics.orders >= 2", "  buyer: metrics.orders >= 3");
  auto lines = changes(kBefore, after);
  auto has = [&](const std::string& start) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.starts_with(start); });
  };
  for (const char* start : {"metric gone removed", "campaign plain removed", "campaign other added",
                            "segment buyer reset", "campaign cart kept: edited"}) {
    EXPECT_TRUE(has(start)) << start;
  }
  EXPECT_EQ(lines.size(), 5u);
}

}  // namespace
}  // namespace sapa
