#include <gtest/gtest.h>

#include "engine/scenario/scenario_reader.h"
#include "engine/scenario/scenario_runner.h"

namespace sapa::scenarios {
namespace {

constexpr const char* kWorkspace = R"(
policy: {timezone: Asia/Jakarta, locale: id-ID}
metrics:
  orders: {count: Order Completed}
---
campaign: thanks
channel: push
limit: 1 per 1h
when: {event: Order Completed}
message: {title: "{{ metrics.orders }}"}
---
campaign: other
channel: popup
when: {event: Order Completed}
message: {title: hi}
)";

Result<LoadedWorkspace> home(const std::string& folder) {
  if (folder != "shop") return user_error("cannot read the folder `" + folder + "`");
  return load_workspace_texts({{"workspace.yaml", kWorkspace}});
}

LoadedScenarios read(const std::string& text, const std::string& at_home = "shop") {
  return read_scenarios("tests/a.yaml", text, at_home, home);
}

/// "line:column message" of each error.
std::vector<std::string> errors(const std::string& text, const std::string& at_home = "shop") {
  LoadedScenarios loaded = read(text, at_home);
  EXPECT_EQ(loaded.file == nullptr, !loaded.findings.empty());
  std::vector<std::string> all;
  for (const Finding& finding : loaded.findings) {
    EXPECT_EQ(finding.position.file, "tests/a.yaml");
    std::string line = std::to_string(finding.position.line) + ":" +
                       std::to_string(finding.position.column) + " " + finding.message;
    if (!finding.suggestion.empty()) line += " -> " + finding.suggestion;
    all.push_back(line);
  }
  return all;
}

using Lines = std::vector<std::string>;

TEST(ScenarioReader, KnowsTheHomesTimeZone) {
  auto loaded = read("scenarios:\n- name: A\n  steps: [{at: '10:00', user: u1, track: X}]\n");
  ASSERT_NE(loaded.file, nullptr);
  const Step& step = loaded.file->scenarios[0].steps[0];
  EXPECT_EQ(format_rfc3339(step.at), "2026-03-02T03:00:00.000Z");
  EXPECT_EQ(step.json, R"({"type":"track","event":"X","userId":"u1","messageId":"m1",)"
                       R"("timestamp":"2026-03-02T03:00:00.000Z"})");
  EXPECT_EQ(step.position.line, 3u);
}

TEST(ScenarioReader, TurnsYamlIntoTheJsonItLooksLike) {
  auto loaded = read(
      "scenarios:\n"
      "- name: A\n"
      "  steps:\n"
      "  - at: 10:00\n"
      "    user: 007\n"
      "    identify: {a: 1, b: '1', c: true, d: null, e: -2.5e3, f: 0812, g: .5, h: [x, 2], i: "
      "inf}\n");
  ASSERT_NE(loaded.file, nullptr);
  EXPECT_NE(loaded.file->scenarios[0].steps[0].json.find(
                R"("traits":{"a":1,"b":"1","c":true,"d":null,"e":-2.5e3,"f":"0812","g":".5",)"
                R"("h":["x",2],"i":"inf"},"userId":"007")"),
            std::string::npos)
      << loaded.file->scenarios[0].steps[0].json;
}

TEST(ScenarioReader, PointsAtEveryMistake) {
  EXPECT_EQ(errors("scenarios:\n"
                   "- name: A\n"
                   "  steps:\n"
                   "  - {at: noon, user: u1, track: X}\n"
                   "  - {at: '10:00', usr: u1, track: X}\n"
                   "  - {at: '10:00', user: u1}\n"
                   "  triggers:\n"
                   "  - {campaign: thank, user: u1}\n"
                   "  - {campaign: thanks, titel: a}\n"
                   "  suppressed:\n"
                   "  - {campaign: thanks, reason: campain_limit}\n"
                   "  state:\n"
                   "  - {user: u1, order: 1}\n"
                   "- name: A\n"
                   "  steps: []\n"),
            (Lines{
                "4:10 `noon` is no time; write 10:00, 03-05 10:00, 2026-03-05T10:00:00+07:00 or, "
                "after the step before, +30m",
                "5:5 whose event is it? `user` or `anonymous` is missing",
                "5:19 unknown key `usr` in a step -> user",
                "6:5 what happens? A step has `track`, `identify`, `screen`, `page`, `group`, "
                "`clock`, `wall`, `restart`, `reload`, `kill` or `resume`",
                "8:16 there is no campaign `thank` in the workspace -> thanks",
                "9:24 unknown key `titel` in what is expected under `triggers` -> title",
                "11:32 unknown reason `campain_limit`; there are campaign_limit, frequency_cap, "
                "expired, not_in_audience, condition_false, evaluation_error, paused, "
                "campaign_disabled -> "
                "campaign_limit",
                "13:16 unknown key `order` in a customer's state -> orders",
                "14:9 scenario `A` stands here twice; first in line 2",
            }));
}

TEST(ScenarioReader, PointsIntoAWorkspaceThatStandsInTheFile) {
  EXPECT_EQ(errors("workspace: |\n"
                   "  metrics:\n"
                   "    orders: {count: Order Completed}\n"
                   "  ---\n"
                   "  campaign: a\n"
                   "  channel: push\n"
                   "  when: {event: X, if: metrics.order > 1}\n"
                   "  message: {title: a}\n"
                   "scenarios: []\n"),
            (Lines{"7:32 unknown metric `order` -> orders"}));
}

TEST(ScenarioReader, SaysWhereTheWorkspaceShouldComeFrom) {
  EXPECT_EQ(errors("scenarios: []\n", ""),
            (Lines{"1:1 which workspace? Put the file into the folder `tests` of one, or name it "
                   "with `folder`"}));
  EXPECT_EQ(errors("folder: ../mall\nscenarios: []\n"),
            (Lines{"1:9 cannot read the folder `mall`"}));
  EXPECT_EQ(errors("folder: a\nworkspace: b\nscenarios: []\n"),
            (Lines{"1:1 a file has either `workspace`, a text, or `folder`, not both"}));
  EXPECT_EQ(errors("scenarios:\n"), (Lines{"1:1 `scenarios` is a list of at least one scenario"}));
  EXPECT_EQ(errors("- a\n"),
            (Lines{"1:1 a file of scenarios is one mapping with `scenarios` in it"}));
  EXPECT_EQ(errors("").size(), 1u);
}

TEST(ScenarioReader, OnlyLimitsWhatMayBeExpected) {
  EXPECT_EQ(errors("only: thanks\n"
                   "scenarios:\n"
                   "- name: A\n"
                   "  steps: [{at: '10:00', user: u1, track: X}]\n"
                   "  triggers: [{campaign: other}]\n"),
            (Lines{"5:25 `other` is not among those of `only`"}));
}

FileResult run(const std::string& text) { return run_scenarios("tests/a.yaml", read(text), ""); }

TEST(ScenarioRunner, PassesOnlyIfEverythingIsExpected) {
  std::string steps =
      "  steps:\n"
      "  - {at: '10:00', user: u1, track: Order Completed}\n"
      "  - {at: '10:30', user: u1, track: Order Completed}\n";
  FileResult result =
      run("scenarios:\n"
          "- name: All\n" +
          steps +
          "  triggers:\n"
          "  - {campaign: thanks, at: '10:00', title: 1, expires_at: 03-03 10:00}\n"
          "  - {campaign: other, at: '10:00'}\n"
          "  - {campaign: other, at: '10:30'}\n"
          "  suppressed:\n"
          "  - {campaign: thanks, at: '10:30', reason: campaign_limit}\n"
          "  state: [{user: u1, orders: 2.0}]\n"
          "- name: Only\n"
          "  only: thanks\n" +
          steps +
          "  triggers: [{campaign: thanks}]\n"
          "  suppressed: any\n"
          "- name: Any\n" +
          steps +
          "  triggers: any\n"
          "  suppressed: any\n"
          "- name: Nothing\n" +
          steps + "- name: TooMany\n" + steps +
          "  triggers: any\n"
          "  suppressed: any\n"
          "  state: [{user: nobody, orders: 1}]\n");
  ASSERT_EQ(result.scenarios.size(), 5u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(result.scenarios[i].passed()) << result.scenarios[i].explanation();
  }
  EXPECT_EQ(result.scenarios[3].explanation(),
            "triggers (- missing, + unexpected, ~ differs):\n"
            "  + campaign: thanks, user: u1, at: 10:00, title: 1\n"
            "  + campaign: other, user: u1, at: 10:00, title: hi\n"
            "  + campaign: other, user: u1, at: 10:30, title: hi\n"
            "suppressed (- missing, + unexpected, ~ differs):\n"
            "  + campaign: thanks, user: u1, at: 10:30, reason: campaign_limit, detail: 1 of 1 in "
            "1h\n");
  EXPECT_EQ(result.scenarios[4].explanation(),
            "state (- missing, + unexpected, ~ differs):\n"
            "  - user: nobody, orders: 1\n"
            "  + nobody is known\n");
  EXPECT_EQ(result.failed(), 2u);
}

TEST(ScenarioRunner, AnEventThatIsRefusedIsAnErrorWithItsPlace) {
  FileResult result =
      run("scenarios:\n"
          "- name: A\n"
          "  steps:\n"
          "  - {at: '10:00', user: u1, track: X, id: '" +
          std::string(2000, 'x') + "'}\n");
  ASSERT_EQ(result.scenarios.size(), 1u);
  EXPECT_EQ(result.scenarios[0].error.find("tests/a.yaml:4:5: error: the event is refused"), 0u)
      << result.scenarios[0].error.substr(0, 200);
}

}  // namespace
}  // namespace sapa::scenarios
