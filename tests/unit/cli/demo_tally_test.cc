#include "engine/cli/demo_tally.h"

#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/cli/demo_workspace.h"

namespace sapa {
namespace {

constexpr Timestamp kOpens{1'772'852'400'000};

/// A feed of what a test puts in.
class FakeFeed final : public TriggerFeed {
 public:
  void put(Stream stream, std::string value) {
    auto& entries = stream == Stream::kTriggers ? triggers_ : decisions_;
    entries.push_back(
        std::make_shared<FeedEntry>(FeedEntry{entries.size() + 1, "c1", std::move(value), kOpens}));
  }
  Result<FeedEntries> read(Stream stream, uint64_t after, size_t limit) const override {
    const auto& entries = stream == Stream::kTriggers ? triggers_ : decisions_;
    FeedEntries found;
    for (size_t i = after; i < entries.size() && found.size() < limit; ++i) {
      found.push_back(entries[i]);
    }
    return found;
  }
  uint64_t last(Stream) const override { return triggers_.size(); }
  std::shared_ptr<void> subscribe(std::function<void()>) override { return nullptr; }

 private:
  FeedEntries triggers_, decisions_;
};

std::string decision(const char* campaign, const char* customer, const char* reason,
                     Timestamp time = kOpens) {
  return fmt::format(R"({{"campaign":"{}","customerId":"{}","time":"{}","reason":"{}"}})", campaign,
                     customer, format_rfc3339(time), reason);
}

struct Counted {
  Counted()
      : workspace(demo_workspace()),
        screen(
            {}, workspace, [](std::string_view) { return ""; }, shown),
        tally(workspace, kOpens) {}
  std::shared_ptr<const Workspace> workspace;
  std::ostringstream shown;
  DemoScreen screen;
  FakeFeed feed;
  DemoTally tally;
};

TEST(DemoTally, CountsByCampaignAndReason) {
  Counted c;
  for (const char* customer : {"c1", "c2", "c2"}) {
    c.feed.put(Stream::kDecisions, decision("hello", customer, "sent"));
  }
  c.feed.put(Stream::kDecisions, decision("cart", "c1", "frequency_cap"));
  c.feed.put(Stream::kDecisions, decision("cart", "c1", "expired"));
  ASSERT_TRUE(c.tally.read(c.feed, c.screen).ok());
  c.feed.put(Stream::kDecisions, decision("cart", "c1", "expired"));
  ASSERT_TRUE(c.tally.read(c.feed, c.screen).ok());
  EXPECT_EQ(c.tally.sent(), 3u);
  EXPECT_EQ(c.tally.suppressed(), 3u);
  EXPECT_EQ(c.tally.campaigns_sent(), 1u);
  std::ostringstream table;
  c.tally.print_table(table);
  EXPECT_NE(table.str().find("hello                    popup           3          2   \n"),
            std::string::npos)
      << table.str();
  EXPECT_NE(table.str().find("frequency_cap 1, expired 2\n"), std::string::npos) << table.str();
}

TEST(DemoTally, LeavesThePastOut) {
  Counted c;
  Timestamp before = kOpens - milliseconds(1);
  c.feed.put(Stream::kDecisions, decision("hello", "c1", "sent", before));
  c.feed.put(Stream::kTriggers, fmt::format(R"({{"campaign":"hello","userId":"c1","time":"{}"}})",
                                            format_rfc3339(before)));
  ASSERT_TRUE(c.tally.read(c.feed, c.screen).ok());
  c.screen.show(1);
  EXPECT_EQ(c.tally.sent(), 0u);
  EXPECT_EQ(c.tally.sent_in_the_past(), 1u);
  EXPECT_EQ(c.shown.str(), "");
}

TEST(DemoTally, KeepsCustomersDataFromSteeringTheTerminal) {
  Counted c;
  c.feed.put(Stream::kTriggers,
             fmt::format(R"({{"campaign":"hello","userId":"c1","time":"{}","content":{{)"
                         R"("title":"a\u001b[2Jb\nc\u009bd","body":"é"}}}})",
                         format_rfc3339(kOpens)));
  ASSERT_TRUE(c.tally.read(c.feed, c.screen).ok());
  c.screen.show(1);
  EXPECT_NE(c.shown.str().find("\"a [2Jb c  d\" — é\n"), std::string::npos) << c.shown.str();
}

TEST(DemoTally, SaysWhenAnEntryCanNotBeRead) {
  Counted c;
  c.feed.put(Stream::kDecisions, "not JSON");
  EXPECT_FALSE(c.tally.read(c.feed, c.screen).ok());
}

}  // namespace
}  // namespace sapa
