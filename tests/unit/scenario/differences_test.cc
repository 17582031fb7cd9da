#include "engine/scenario/differences.h"

#include <gtest/gtest.h>

namespace sapa::scenarios {
namespace {

Expectation expect(std::vector<std::pair<std::string, std::string>> fields) {
  Expectation expected;
  for (auto& [name, text] : fields) {
    bool is_time = name == "at";
    expected.push_back({name, is_time ? "2026-03-02T" + text + ":00.000Z" : text, is_time});
  }
  return expected;
}

std::string trigger(std::string_view campaign, std::string_view time, std::string_view title) {
  return R"({"campaign":")" + std::string(campaign) + R"(","userId":"u1","time":"2026-03-02T)" +
         std::string(time) + R"(:00.000Z","content":{"title":")" + std::string(title) +
         R"(","data":{"a":"1","b":"2"}}})";
}

std::string compare(std::vector<Expectation> expected, std::vector<std::string> came_out) {
  Scenario scenario;
  scenario.triggers.outputs = std::move(expected);
  Outcome outcome;
  outcome.triggers = std::move(came_out);
  return to_text(find_differences(scenario, ScenarioTimes(), outcome));
}

const std::string kHead = "triggers (- missing, + unexpected, ~ differs):\n";

TEST(Differences, AreNoneWhenTheNamedFieldsAgree) {
  EXPECT_EQ(compare({expect({{"campaign", "a"}}), expect({{"title", "B"}, {"at", "11:00"}})},
                    {trigger("a", "10:00", "A"), trigger("b", "11:00", "B")}),
            "");
  EXPECT_EQ(compare({}, {}), "");
}

TEST(Differences, OrderCounts) {
  EXPECT_EQ(compare({expect({{"campaign", "a"}}), expect({{"campaign", "b"}})},
                    {trigger("b", "10:00", "B"), trigger("a", "10:00", "A")}),
            kHead +
                "  - campaign: a\n"
                "    campaign: b\n"
                "  + campaign: a, user: u1, at: 10:00, title: A\n");
}

TEST(Differences, NameTheFieldsOfWhatCameOutOtherwise) {
  EXPECT_EQ(compare({expect({{"campaign", "a"}, {"at", "10:00"}, {"title", "A"}})},
                    {trigger("a", "10:05", "X")}),
            kHead +
                "  ~ campaign: a, user: u1, at: 10:05, title: X\n"
                "        at: expected `10:00`, came out `10:05`\n"
                "        title: expected `A`, came out `X`\n");
}

TEST(Differences, MappingsAreEqualInAnyOrder) {
  EXPECT_EQ(compare({expect({{"data", R"({"b":"2","a":1})"}})}, {trigger("a", "10:00", "A")}), "");
  EXPECT_NE(compare({expect({{"data", R"({"b":"2"})"}})}, {trigger("a", "10:00", "A")}), "");
  EXPECT_NE(
      compare({expect({{"data", R"({"b":"2","a":"1","c":""})"}})}, {trigger("a", "10:00", "A")}),
      "");
}

TEST(Differences, SegmentsAreASet) {
  Scenario scenario;
  scenario.state = {expect({{"user", "u1"}, {"segments", R"(["b","a"])"}, {"orders", "2"}})};
  Outcome outcome;
  outcome.state = {
      R"({"userId":"u1","segments":[{"segment":"a"},{"segment":"b"}],"metrics":{"orders":2}})"};
  EXPECT_TRUE(find_differences(scenario, ScenarioTimes(), outcome).empty());
  outcome.state = {R"({"userId":"u1","segments":[{"segment":"a"}],"metrics":{"orders":2}})"};
  EXPECT_EQ(to_text(find_differences(scenario, ScenarioTimes(), outcome)),
            "state (- missing, + unexpected, ~ differs):\n"
            "  ~ user: u1, segments: [\"a\"], orders: 2\n"
            "        segments: expected `[\"b\",\"a\"]`, came out `[\"a\"]`\n");
}

TEST(Differences, MetricErrorsAreCompared) {
  Scenario scenario;
  Outcome outcome;
  outcome.metric_errors = {"spend"};
  EXPECT_EQ(to_text(find_differences(scenario, ScenarioTimes(), outcome)),
            "metric_errors (- missing, + unexpected, ~ differs):\n"
            "  ~ the metrics whose expressions failed\n"
            "        expected none, came out spend\n");
}

}  // namespace
}  // namespace sapa::scenarios
