// Workspaces that would make every event expensive are refused; those that are only large are not.
#include <gtest/gtest.h>

#include "tests/unit/workspace/loading.h"

namespace sapa {
namespace {

constexpr int kMost = static_cast<int>(Workspace::kMostCandidates);

/// `count` campaigns with this `when`, in which # is the campaign's number; split over files.
LoadedWorkspace load_many(int count, const std::string& when) {
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 0; i < count; ++i) {
    if (i % 4000 == 0) {
      files.emplace_back("f" + std::to_string(100 + i / 4000) + ".yaml",
                         i == 0 ? "segments: {vip: customer.vip}\n" : "");
    }
    std::string its = when;
    for (size_t at; (at = its.find('#')) != std::string::npos;) {
      its.replace(at, 1, std::to_string(i));
    }
    files.back().second += "---\ncampaign: c" + std::to_string(i) +
                           "\nchannel: push\nwhen: " + its + "\nmessage: {title: t}\n";
  }
  return load_workspace_texts(files);
}

void expect_refused(const LoadedWorkspace& loaded, const std::string& cause) {
  EXPECT_EQ(loaded.workspace, nullptr);
  std::string errors;
  for (const Finding& finding : loaded.findings) {
    if (finding.severity == Finding::Severity::kError) errors += finding.message;
  }
  EXPECT_NE(errors.find(cause), std::string::npos) << errors;
}

TEST(Crowd, OfCampaignsThatEveryEventStartsIsRefused) {
  expect_refused(load_many(kMost + 1, "{event: Viewed, if: \"true\"}"),
                 "event `Viewed` can start 10001 campaigns at once");
  expect_refused(load_many(kMost + 1, "{event: any}"), "any event can start 10001 campaigns");
}

TEST(Crowd, OfConditionsThatCannotBeToldApartIsRefused) {
  expect_refused(load_many(kMost + 1, "{event: Viewed, if: \"event.properties.a.matches('#$')\"}"),
                 "event `Viewed` can start 10001");
  expect_refused(load_many(kMost + 5,
                           "{event: Viewed, if: \"event.properties.a == 'x' && "
                           "event.properties.b.matches('#$')\"}"),
                 "event `Viewed` can start 10005");
}

TEST(Crowd, OfTransitionsIsRefused) {
  expect_refused(load_many(kMost + 1, "{enters: vip}"), "entering `vip` can start 10001");
}

TEST(Crowd, OfSilencesIsRefused) {
  expect_refused(load_many(1001, "{nothing: Ordered, for: 2h}"), "more than 1000 campaigns");
}

TEST(Crowd, OfCampaignsThatTheIndexTellsApartIsWelcome) {
  for (const char* when :
       {"{event: Viewed, if: \"event.properties.a == 'v#'\"}",
        "{event: Viewed, if: \"event.properties.n > #\"}", "{event: Viewed #}"}) {
    LoadedWorkspace loaded = load_many(kMost + 1, when);
    EXPECT_NE(loaded.workspace, nullptr) << all_of(loaded.findings);
  }
}

TEST(Fingerprints, OfManyCampaignsAreDistinctAndTheirOwn) {
  // Among so many, some share 32 bits of their hashes.
  constexpr int kCount = 20'000;
  LoadedWorkspace loaded = load_many(kCount, "{event: Viewed #}");
  ASSERT_NE(loaded.workspace, nullptr) << all_of(loaded.findings);
  std::vector<uint32_t> states, limits;
  for (const Campaign& each : loaded.workspace->campaigns) {
    states.push_back(each.fingerprint);
    limits.push_back(each.limit_fingerprint);
    EXPECT_EQ(loaded.workspace->campaign_of(each.fingerprint), &each);
  }
  for (auto* all : {&states, &limits}) {
    std::sort(all->begin(), all->end());
    EXPECT_EQ(std::unique(all->begin(), all->end()), all->end());
  }
}

}  // namespace
}  // namespace sapa
