// Every error of data/errors/*.yaml with its exact place and words, as *.expected beside it says:
// "LINE:COLUMN severity: …".
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/unit/workspace/loading.h"

namespace sapa {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(stream.good()) << path;
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<std::string> data_files() {
  std::vector<std::string> names;
  for (const auto& entry :
       fs::directory_iterator(SAPA_SOURCE_DIR "/tests/unit/workspace/data/errors")) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// A finding's first line without the file's name.
std::string summary(const Finding& finding) {
  std::string text = to_string(finding);
  text = text.substr(finding.position.file.size() + 1);
  text = text.substr(0, text.find('\n'));
  size_t space = text.find(": ");
  return text.substr(0, space) + text.substr(space + 1);
}

class WorkspaceErrors : public testing::TestWithParam<std::string> {};

TEST_P(WorkspaceErrors, AreAllReportedAtTheirPlace) {
  fs::path folder = SAPA_SOURCE_DIR "/tests/unit/workspace/data/errors";
  std::string text = read(folder / (GetParam() + ".yaml"));
  LoadedWorkspace loaded = load_workspace_texts({{GetParam() + ".yaml", text}});
  std::string found;
  bool any_error = false;
  for (const Finding& finding : loaded.findings) {
    found += summary(finding) + "\n";
    any_error |= finding.severity == Finding::Severity::kError;
  }
  EXPECT_EQ(found, read(folder / (GetParam() + ".expected")));
  EXPECT_EQ(loaded.workspace == nullptr, any_error);
}

INSTANTIATE_TEST_SUITE_P(Data, WorkspaceErrors, testing::ValuesIn(data_files()),
                         [](const auto& test) { return test.param; });

std::string only_finding(const std::string& text) {
  LoadedWorkspace loaded = load_workspace_texts({{"campaigns/cart.yaml", text}});
  EXPECT_EQ(loaded.findings.size(), 1u) << all_of(loaded.findings);
  return loaded.findings.empty() ? "" : to_string(loaded.findings[0]);
}

TEST(Finding, ShowsTheLineTheCaretAndTheNearestName) {
  EXPECT_EQ(only_finding("metrics:\n  orders: {count: A}\nsegments:\n  big: metrics.order > 1\n"),
            "campaigns/cart.yaml:4:16: error: unknown metric `order`; did you mean `orders`?\n"
            "  4 |   big: metrics.order > 1\n"
            "    |                ^~~~~");
}

TEST(Finding, CountsCharactersNotBytes) {
  EXPECT_EQ(only_finding("campaign: a\nchannel: push\nwhen: {event: A}\n"
                         "message: {title: \"héé {{ foo }}\"}\n"),
            "campaigns/cart.yaml:4:26: error: unknown variable `foo`\n"
            "  4 | message: {title: \"héé {{ foo }}\"}\n"
            "    |                          ^~~");
}

TEST(Finding, PointsIntoFilesWithWindowsLineEnds) {
  EXPECT_EQ(
      only_finding("metrics:\r\n  a: {count: A}\r\nsegments:\r\n  s: >-\r\n    metrics.a > 1\r\n"
                   "    && metrics.b > 1\r\n"),
      "campaigns/cart.yaml:6:16: error: unknown metric `b`\n"
      "  6 |     && metrics.b > 1\n"
      "    |                ^");
}

TEST(Finding, NamesTheOtherFileOfADuplicate) {
  LoadedWorkspace loaded = load_workspace_texts({{"a.yaml", "metrics:\n  orders: {count: A}\n"},
                                                 {"b.yaml", "metrics: {orders: {count: B}}"}});
  ASSERT_EQ(loaded.findings.size(), 1u);
  EXPECT_EQ(to_string(loaded.findings[0]),
            "b.yaml:1:11: error: metric `orders` is defined twice; first at a.yaml:2\n"
            "  1 | metrics: {orders: {count: B}}\n"
            "    |           ^~~~~~");
}

TEST(Finding, ComesInOrderOfFileAndPlace) {
  LoadedWorkspace loaded = load_workspace_texts(
      {{"a.yaml", "campaign: x\nwhen: {event: A}\nmessage: {title: '{{ m }}'}\nchannel: foo\n"},
       {"b.yaml", "metrics: {a: {}}\n"}});
  std::vector<std::string> places;
  for (const Finding& finding : loaded.findings) {
    places.push_back(finding.position.file + ":" + std::to_string(finding.position.line));
  }
  EXPECT_EQ(places, (std::vector<std::string>{"a.yaml:3", "a.yaml:4", "b.yaml:1"}));
}

}  // namespace
}  // namespace sapa
