#include "engine/runtime/thread_committer.h"

#include <atomic>
#include <chrono>

#include <gtest/gtest.h>

namespace sapa {
namespace {

/// Commits when it is told to.
class SlowConnection final : public Connection {
 public:
  Status poll(Duration, InputHandler&) override { return {}; }
  void ask_for_end(int32_t) override {}
  void start_reading(int32_t) override {}
  Status restore(int32_t, int64_t, StateSink&, RestoreProgress&, std::stop_token) override {
    return {};
  }
  Status commit(Epoch& epoch) override {
    while (!may_commit) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    committed = epoch.number;
    if (epoch.number == 13) return environment_error("fenced");
    return {};
  }
  int64_t lag(int32_t) const override { return -1; }
  void wake() override { ++wakes; }
  std::string health() const override { return ""; }

  std::atomic<bool> may_commit{true};
  std::atomic<uint64_t> committed{0};
  std::atomic<int> wakes{0};
};

std::unique_ptr<Epoch> epoch(uint64_t number) {
  auto made = std::make_unique<Epoch>();
  made->number = number;
  return made;
}

TEST(ThreadCommitter, GivesTheEpochBackWithItsOutcomeAndWakesThePoll) {
  SlowConnection connection;
  connection.may_commit = false;
  ThreadCommitter committer(connection);
  EXPECT_FALSE(committer.busy());
  EXPECT_FALSE(committer.poll().has_value());
  committer.submit(epoch(7));
  EXPECT_TRUE(committer.busy());
  EXPECT_FALSE(committer.poll().has_value());
  connection.may_commit = true;
  Committer::Done done = committer.wait();
  EXPECT_TRUE(done.status.ok());
  EXPECT_EQ(done.epoch->number, 7u);
  EXPECT_FALSE(committer.busy());
  while (connection.wakes == 0) std::this_thread::yield();
}

TEST(ThreadCommitter, TellsAFailure) {
  SlowConnection connection;
  ThreadCommitter committer(connection);
  committer.submit(epoch(13));
  EXPECT_EQ(committer.wait().status.error().message, "fenced");
  committer.submit(epoch(14));
  EXPECT_TRUE(committer.wait().status.ok());
}

TEST(ThreadCommitter, EndsOnlyAfterTheCommitUnderWay) {
  SlowConnection connection;
  connection.may_commit = false;
  {
    ThreadCommitter committer(connection);
    committer.submit(epoch(9));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    connection.may_commit = true;
  }
  EXPECT_EQ(connection.committed, 9u);
}

TEST(ThreadCommitter, AnEpochSubmittedJustBeforeTheEndIsCommittedOrNeverBegun) {
  for (int i = 0; i < 200; ++i) {
    SlowConnection connection;
    {
      ThreadCommitter committer(connection);
      committer.submit(epoch(5));
    }
    EXPECT_TRUE(connection.committed == 5 || connection.committed == 0);
  }
}

}  // namespace
}  // namespace sapa
