// A workspace that changes while a worker is at work: all of one event and all of one epoch are
// decided by one workspace, and an epoch that fails at the switch is worked again by the new one.
#include <algorithm>
#include <map>
#include <set>

#include "engine/runtime/live_workspace.h"
#include "tests/unit/runtime/worker_fixture.h"

namespace sapa {
namespace {

using namespace std::chrono_literals;

/// Two campaigns of one colour for each order, and one that counts, whatever the colour.
std::string coloured(const std::string& colour) {
  std::string text =
      "policy: {timezone: Asia/Jakarta}\nmetrics: {orders: {count: Order Completed}}\n";
  for (const char* which : {"-first", "-second"}) {
    text += "---\ncampaign: " + colour + which +
            "\nchannel: popup\nwhen: {event: Order Completed}\nmessage: {title: t}\n";
  }
  return text +
         "---\ncampaign: tenth\nchannel: popup\n"
         "when: {event: Order Completed, if: metrics.orders % 10 == 0}\n"
         "message: {title: t}\n";
}

class WorkerReloads : public WorkerFixture {
 protected:
  WorkerReloads() : WorkerFixture(coloured("red")) {
    live_ = std::make_unique<LiveWorkspace>(workspace_);
  }
  void become(const std::string& colour) { live_->replace(workspace_of(coloured(colour))); }
  /// While the first order's commit, which ends as told, is under way, and the second order has
  /// been worked by the old workspace.
  void become_blue_in_a_commit(CommitFate fate) {
    log_.may_commit = false;
    log_.next_commits({fate});
    start();
    order(1);
    ASSERT_TRUE(soon([&] { return log_.commits_begun() == 1; }));
    order(2);
    std::this_thread::sleep_for(50ms);
    become("blue");
    log_.may_commit = true;
    ASSERT_TRUE(soon([&] { return log_.committed_offset() == 2; }));
  }
  static Lines both(const std::string& colour, int n) {
    const std::string of = " u1 m" + std::to_string(n);
    return {colour + "-first" + of, colour + "-second" + of};
  }
  static std::string colour_of(const std::string& line) { return line.substr(0, line.find('-')); }
  static std::string message_of(const std::string& line) {
    return line.substr(line.rfind(' ') + 1);
  }
};

TEST_F(WorkerReloads, WhatComesAfterAReloadIsDecidedByTheNewWorkspace) {
  start();
  order(1);
  ASSERT_TRUE(soon([&] { return log_.triggers() == both("red", 1); }));
  become("blue");
  ASSERT_TRUE(live_->wait_until_adopted(live_->version(), seconds(20)).complete());
  order(2);
  ASSERT_TRUE(soon([&] { return log_.committed_offset() == 2; }));
  EXPECT_EQ(log_.triggers_by_epoch(), (std::vector<Lines>{both("red", 1), both("blue", 2)}));
}

TEST_F(WorkerReloads, AnIdleWorkerSwitchesToo) {
  start();
  become("blue");
  EXPECT_TRUE(live_->wait_until_adopted(live_->version(), seconds(20)).complete());
  EXPECT_EQ(log_.commits(), 0) << "there was nothing to commit";
}

TEST_F(WorkerReloads, UnderLoadNoEventAndNoEpochSeesAMixture) {
  constexpr int kOrders = 2000;
  start();
  for (int n = 1; n <= kOrders; ++n) {
    order(n);
    if (n % 40 == 0) become(n % 80 == 0 ? "red" : "blue");
    if (n % 7 == 0) std::this_thread::sleep_for(1ms);
  }
  ASSERT_TRUE(soon([&] { return log_.committed_offset() == kOrders; }));
  std::map<std::string, std::set<std::string>> colours;  // by message
  std::map<std::string, int> triggers;
  size_t switches = 0;
  std::string before;
  for (const Lines& epoch : log_.triggers_by_epoch()) {
    std::set<std::string> seen;
    for (const std::string& line : epoch) {
      if (line.starts_with("tenth")) continue;
      seen.insert(colour_of(line));
      colours[message_of(line)].insert(colour_of(line));
      ++triggers[message_of(line)];
    }
    ASSERT_EQ(seen.size(), 1u) << "an epoch by two workspaces, at " << epoch.front();
    switches += !before.empty() && before != *seen.begin();
    before = *seen.begin();
  }
  EXPECT_EQ(colours.size(), size_t{kOrders});
  for (const auto& [message, of] : colours) EXPECT_EQ(of.size(), 1u) << message;
  for (const auto& [message, count] : triggers) EXPECT_EQ(count, 2) << message;
  EXPECT_GT(switches, 5u);
  // What both define goes on counting.
  const Lines lines = log_.triggers();
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const std::string& line) { return line.starts_with("tenth"); }),
            kOrders / 10);
}

TEST_F(WorkerReloads, AnEpochThatFailsAtTheSwitchIsWorkedAgainByTheNewWorkspace) {
  ASSERT_NO_FATAL_FAILURE(become_blue_in_a_commit(CommitFate::kFailsWithoutEffect));
  Lines expected = both("blue", 1), second = both("blue", 2);
  expected.insert(expected.end(), second.begin(), second.end());
  EXPECT_EQ(log_.triggers(), expected);
  EXPECT_EQ(log_.connections(), 2);
}

TEST_F(WorkerReloads, AnEpochWhoseOutcomeWasUnknownAtTheSwitchStaysTheOldOnes) {
  ASSERT_NO_FATAL_FAILURE(become_blue_in_a_commit(CommitFate::kFailsAfterItsEffect));
  Lines expected = both("red", 1), second = both("blue", 2);
  expected.insert(expected.end(), second.begin(), second.end());
  EXPECT_EQ(log_.triggers(), expected);
}

TEST_F(WorkerReloads, ASwitchWhileTheLogIsGoneCountsFromTheNextConnectionOn) {
  start();
  order(1);
  ASSERT_TRUE(soon([&] { return log_.committed_offset() == 1; }));
  log_.in_next_poll([this](FakeConnection&, InputHandler&) -> Status {
    become("blue");
    return environment_error("the broker went away");
  });
  order(2);
  ASSERT_TRUE(soon([&] { return log_.committed_offset() == 2; }));
  EXPECT_EQ(log_.triggers_by_epoch().back(), both("blue", 2));
}

}  // namespace
}  // namespace sapa
