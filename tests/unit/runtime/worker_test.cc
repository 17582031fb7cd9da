// A worker over a log that fails when told to: what is visible in the end is what one straight run
// gives.
#include "engine/runtime/worker.h"

#include "tests/unit/runtime/worker_fixture.h"

namespace sapa {
namespace {

using namespace std::chrono_literals;

constexpr const char* kWorkspace = R"(
policy: {timezone: Asia/Jakarta, locale: id-ID}
metrics:
  orders: {count: Order Completed}
---
campaign: every-second
channel: popup
when: {event: Order Completed, if: metrics.orders % 2 == 0}
message: {title: "{{ metrics.orders }}"}
---
campaign: cart
channel: push
when: {event: Product Added, without: Order Completed, within: 30m}
message: {title: cart}
)";

class WorkerTest : public WorkerFixture {
 protected:
  WorkerTest() : WorkerFixture(kWorkspace) {}
  /// What one straight run makes of `count` orders of one customer.
  static Lines every_second(int count) {
    Lines lines;
    for (int n = 2; n <= count; n += 2) lines.push_back("every-second u1 m" + std::to_string(n));
    return lines;
  }
};

TEST_F(WorkerTest, CommitsAtOnceWhenThereIsATrigger) {
  start();
  order(1);
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(log_.commits(), 0) << "state alone may wait a minute here";
  order(2);
  EXPECT_TRUE(soon([&] { return log_.triggers() == every_second(2); }));
  EXPECT_EQ(log_.committed_offset(), 2);
}

TEST_F(WorkerTest, CommitsStateAloneAfterItsInterval) {
  options_.epochs.state_interval_ms = 400;
  start();
  auto before = std::chrono::steady_clock::now();
  order(1);
  EXPECT_TRUE(soon([&] { return log_.committed_offset() == 1; }));
  EXPECT_GE(std::chrono::steady_clock::now() - before, 400ms);
  EXPECT_EQ(log_.triggers(), Lines{});
}

TEST_F(WorkerTest, StoppingCommitsWhatIsDone) {
  start();
  order(1);
  ASSERT_TRUE(soon([&] { return worker_->readiness().empty(); }));
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(log_.commits(), 0);
  EXPECT_TRUE(stop().ok());
  EXPECT_EQ(log_.committed_offset(), 1);
}

TEST_F(WorkerTest, AFailedCommitIsRepeatedFromWhatIsCommitted) {
  log_.next_commits({CommitFate::kSucceeds, CommitFate::kFailsWithoutEffect});
  start();
  for (int n = 1; n <= 2; ++n) order(n);
  ASSERT_TRUE(soon([&] { return log_.triggers() == every_second(2); }));
  for (int n = 3; n <= 10; ++n) order(n);
  EXPECT_TRUE(soon([&] { return log_.triggers() == every_second(10); }));
  EXPECT_EQ(log_.connections(), 2);
}

TEST_F(WorkerTest, ACommitThatFailedAfterItsEffectIsNotRepeated) {
  log_.next_commits({CommitFate::kFailsAfterItsEffect});
  start();
  for (int n = 1; n <= 6; ++n) order(n);
  ASSERT_TRUE(soon([&] { return log_.connections() == 2; }));
  for (int n = 7; n <= 10; ++n) order(n);
  EXPECT_TRUE(soon([&] { return log_.committed_offset() == 10; }));
  EXPECT_EQ(log_.triggers(), every_second(10));
}

TEST_F(WorkerTest, ManyFailuresLoseNothingAndRepeatNothing) {
  log_.next_commits({CommitFate::kFailsWithoutEffect, CommitFate::kFailsAfterItsEffect,
                     CommitFate::kSucceeds, CommitFate::kFailsAfterItsEffect,
                     CommitFate::kFailsWithoutEffect});
  start();
  for (int n = 1; n <= 60; ++n) {
    order(n);
    if (n % 10 == 0) std::this_thread::sleep_for(20ms);
  }
  EXPECT_TRUE(soon([&] { return log_.committed_offset() == 60; }));
  EXPECT_EQ(log_.triggers(), every_second(60));
}

TEST_F(WorkerTest, WorkGoesOnWhileACommitIsUnderWay) {
  log_.may_commit = false;
  start();
  for (int n = 1; n <= 2; ++n) order(n);
  ASSERT_TRUE(soon([&] { return log_.commits_begun() == 1; }));
  for (int n = 3; n <= 6; ++n) order(n);
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(log_.triggers(), Lines{}) << "nothing is visible before its commit";
  log_.may_commit = true;
  EXPECT_TRUE(soon([&] { return log_.triggers() == every_second(6); }));
}

TEST_F(WorkerTest, RevokingCommitsWhatIsUnderWay) {
  log_.may_commit = false;
  start();
  for (int n = 1; n <= 2; ++n) order(n);
  ASSERT_TRUE(soon([&] { return log_.commits_begun() == 1; }));
  order(3);
  std::this_thread::sleep_for(50ms);
  std::atomic<bool> revoked{false};
  log_.in_next_poll([&](FakeConnection& connection, InputHandler& handler) -> Status {
    log_.may_commit = true;
    connection.revoke(handler);
    revoked = true;
    return {};
  });
  ASSERT_TRUE(soon([&] { return revoked.load(); }));
  EXPECT_EQ(log_.committed_offset(), 3);
  EXPECT_EQ(log_.triggers(), every_second(2));
  EXPECT_TRUE(soon([&] { return worker_->readiness() == "waiting for partitions"; }));
  log_.in_next_poll(
      [](FakeConnection& connection, InputHandler& handler) { return connection.assign(handler); });
  order(4);
  EXPECT_TRUE(soon([&] { return log_.triggers() == every_second(4); }));
  EXPECT_EQ(log_.connections(), 1);
}

TEST_F(WorkerTest, LosingAPartitionDropsWhatIsNotCommitted) {
  start();
  order(1);
  ASSERT_TRUE(soon([&] { return worker_->readiness().empty(); }));
  std::this_thread::sleep_for(50ms);
  std::atomic<bool> lost{false};
  log_.in_next_poll([&](FakeConnection& connection, InputHandler& handler) -> Status {
    connection.lose(handler);
    lost = true;
    return {};
  });
  ASSERT_TRUE(soon([&] { return lost.load(); }));
  EXPECT_EQ(log_.commits(), 0);
  log_.in_next_poll(
      [](FakeConnection& connection, InputHandler& handler) { return connection.assign(handler); });
  order(2);
  EXPECT_TRUE(soon([&] { return log_.triggers() == every_second(2); }));
  EXPECT_EQ(log_.committed_offset(), 2);
}

TEST_F(WorkerTest, ACommitThatFailsWhilePartitionsAreLostSpoilsTheConnection) {
  log_.may_commit = false;
  log_.next_commits({CommitFate::kFailsWithoutEffect});
  start();
  for (int n = 1; n <= 2; ++n) order(n);
  ASSERT_TRUE(soon([&] { return log_.commits_begun() == 1; }));
  log_.in_next_poll([&](FakeConnection& connection, InputHandler& handler) -> Status {
    log_.may_commit = true;
    connection.lose(handler);
    return {};
  });
  EXPECT_TRUE(soon([&] { return log_.triggers() == every_second(2); }));
  EXPECT_EQ(log_.connections(), 2);
}

TEST_F(WorkerTest, ABrokenConnectionIsMadeAnew) {
  start();
  order(1);
  ASSERT_TRUE(soon([&] { return worker_->readiness().empty(); }));
  log_.in_next_poll([](FakeConnection&, InputHandler&) -> Status {
    return environment_error("the broker went away");
  });
  ASSERT_TRUE(soon([&] { return log_.connections() == 2; }));
  order(2);
  EXPECT_TRUE(soon([&] { return log_.triggers() == every_second(2); }));
}

TEST_F(WorkerTest, AnErrorThatWaitingCannotMendEndsTheRun) {
  start();
  log_.in_next_poll([](FakeConnection&, InputHandler&) -> Status {
    return environment_error("the topic is gone", false);
  });
  Status ended = running_.get();
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().message, "the topic is gone");
}

TEST_F(WorkerTest, TimersFireOnAnIdlePartition) {
  start();
  log_.append(track("u1", "Product Added", at_second(10), "a1"), at_second(10));
  log_.set_wall(at_second(10));
  ASSERT_TRUE(soon([&] { return worker_->readiness().empty(); }));
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(log_.triggers(), Lines{});
  log_.set_wall(at_second(1900));
  EXPECT_TRUE(soon([&] { return log_.triggers() == Lines{"cart u1 a1"}; }));
}

TEST_F(WorkerTest, AnswersQuestionsAboutCustomers) {
  start();
  order(1);
  ASSERT_TRUE(soon([&] { return worker_->readiness().empty(); }));
  auto ask = [&](const std::string& id) {
    auto answer = std::make_shared<std::promise<std::optional<std::string>>>();
    worker_->describe_customer(id, [answer](Result<std::optional<std::string>> described) {
      answer->set_value(described.ok() ? *described : "an error");
    });
    return answer->get_future().get();
  };
  EXPECT_TRUE(soon([&] { return ask("u1").has_value(); }));
  EXPECT_NE(ask("u1")->find(R"("userId":"u1")"), std::string::npos);
  EXPECT_FALSE(ask("nobody").has_value());
}

}  // namespace
}  // namespace sapa
