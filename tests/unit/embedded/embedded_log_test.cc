#include "connectors/embedded/embedded_log.h"

#include <future>
#include <thread>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include "tests/unit/embedded/log_fixture.h"

namespace sapa {
namespace {

using Values = std::vector<std::string>;
using Kind = InputItem::Kind;

TEST_F(EmbeddedLogTest, GivesEventsBackInTheirPartitionAndOrder) {
  open();
  auto connection = log_->connect(0, 1);
  for (int i = 0; i < 20; ++i) append("c" + std::to_string(i % 5), std::to_string(i));
  RememberingHandler handler;
  ASSERT_TRUE(poll(*connection, {0}, handler).ok());
  ASSERT_EQ(handler.assigned.size(), 4u);
  ASSERT_TRUE(poll(*connection, {0}, handler).ok());
  ASSERT_EQ(handler.items.size(), 20u);
  std::map<int32_t, int64_t> next;
  std::map<std::string, int> last;
  for (const auto& item : handler.items) {
    EXPECT_EQ(item.partition, log_->partition_of(item.key));
    EXPECT_EQ(item.offset, next[item.partition]++);
    EXPECT_EQ(item.time, now_.load());
    int number = std::stoi(item.value);
    EXPECT_TRUE(!last.count(item.key) || last[item.key] < number);
    last[item.key] = number;
  }
}

TEST_F(EmbeddedLogTest, ReadsALongBacklogInSeveralPolls) {
  open({.partitions = 1});
  std::vector<IncomingEvent> events(2500, {"ani", "{}"});
  ASSERT_TRUE(log_->append_and_wait(events).ok());
  auto connection = log_->connect(0, 1);
  RememberingHandler handler;
  ASSERT_TRUE(poll(*connection, {0}, handler).ok());
  EXPECT_EQ(connection->lag(0), 2500);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(poll(*connection, {0}, handler).ok());
  EXPECT_EQ(handler.items.size(), 2500u);
  EXPECT_EQ(handler.items.back().offset, 2499);
  EXPECT_EQ(connection->lag(0), 0);
}

TEST_F(EmbeddedLogTest, DividesThePartitionsAmongTheWorkers) {
  open({.partitions = 5});
  std::vector<int> seen(5);
  for (int worker = 0; worker < 3; ++worker) {
    RememberingHandler handler;
    ASSERT_TRUE(poll(*log_->connect(worker, 3), {0}, handler).ok());
    for (const auto& assignment : handler.assigned) {
      EXPECT_EQ(assignment.partition % 3, worker);
      ++seen[static_cast<size_t>(assignment.partition)];
    }
  }
  EXPECT_EQ(seen, std::vector<int>(5, 1));
}

TEST_F(EmbeddedLogTest, KeepsItsNumberOfPartitions) {
  open({.partitions = 3});
  open({.partitions = 8});
  EXPECT_EQ(log_->partitions(), 3);
}

TEST_F(EmbeddedLogTest, StartsAgainWhereTheLastCommitEnded) {
  open({.partitions = 1});
  for (int i = 0; i < 5; ++i) append("ani", std::to_string(i));
  {
    auto connection = log_->connect(0, 1);
    ASSERT_TRUE(commit(*connection, {.next_offset = 3, .triggers = {"t1"}}).ok());
  }
  open();
  auto connection = log_->connect(0, 1);
  RememberingHandler handler;
  ASSERT_TRUE(poll(*connection, {0}, handler).ok());
  ASSERT_EQ(handler.assigned.size(), 1u);
  EXPECT_EQ(handler.assigned[0].next_offset, 3);
  ASSERT_TRUE(poll(*connection, {0}, handler).ok());
  EXPECT_EQ(handler.values(0), (Values{"3", "4"}));
  append("ani", "5");
  ASSERT_TRUE(poll(*connection, {0}, handler).ok());
  EXPECT_EQ(handler.items.back().offset, 5);
  EXPECT_EQ(*log_->events_waiting(), 3);
  EXPECT_EQ(read_values(Stream::kTriggers), Values{"t1"});
}

TEST_F(EmbeddedLogTest, WakesAWaitingWorkerWhenAnEventComes) {
  open({.partitions = 1});
  auto connection = log_->connect(0, 1);
  RememberingHandler handler;
  ASSERT_TRUE(poll(*connection, {0}, handler).ok());
  auto polled =
      std::async(std::launch::async, [&] { return poll(*connection, seconds(30), handler).ok(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  append("ani", "x");
  EXPECT_TRUE(polled.get());
  EXPECT_EQ(handler.values(0), Values{"x"});
}

TEST_F(EmbeddedLogTest, CanBeWokenWithoutAnEvent) {
  open({.partitions = 1});
  auto connection = log_->connect(0, 1);
  RememberingHandler handler;
  ASSERT_TRUE(poll(*connection, {0}, handler).ok());
  connection->wake();
  auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(poll(*connection, seconds(30), handler).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
  begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(poll(*connection, milliseconds(50), handler).ok());
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(40))
      << "one call of wake() wakes one poll";
}

TEST_F(EmbeddedLogTest, SaysWhereAPartitionEndsAndWhen) {
  open({.partitions = 2});
  append("ani", "x");
  int32_t partition = log_->partition_of("ani");
  auto connection = log_->connect(0, 1);
  RememberingHandler handler;
  ASSERT_TRUE(poll(*connection, {0}, handler).ok());
  now_ = Timestamp{2'000'000};
  connection->ask_for_end(partition);
  ASSERT_TRUE(poll(*connection, seconds(30), handler).ok());
  ASSERT_EQ(handler.items.size(), 2u);
  EXPECT_EQ(handler.items[0].kind, Kind::kRecord);
  EXPECT_EQ(handler.items[1].kind, Kind::kEnd);
  EXPECT_EQ(handler.items[1].partition, partition);
  EXPECT_EQ(handler.items[1].offset, 1);
  EXPECT_EQ(handler.items[1].time, Timestamp{2'000'000});
}

TEST_F(EmbeddedLogTest, NeverLetsReceiveTimesGoBack) {
  open({.partitions = 1});
  append("ani", "1");
  now_ = Timestamp{500'000};
  append("ani", "2");
  auto connection = log_->connect(0, 1);
  RememberingHandler handler;
  ASSERT_TRUE(poll(*connection, {0}, handler).ok());
  ASSERT_TRUE(poll(*connection, {0}, handler).ok());
  ASSERT_EQ(handler.items.size(), 2u);
  EXPECT_EQ(handler.items[1].time, handler.items[0].time);
}

TEST_F(EmbeddedLogTest, TakesEventsFromManyThreadsWithoutLosingOne) {
  open({.fsync = false});
  std::vector<std::thread> senders;
  std::atomic<int> taken = 0;
  for (int t = 0; t < 4; ++t) {
    senders.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        std::string id = "c" + std::to_string(t) + "-" + std::to_string(i);
        log_->append({{id, id}}, [&](Status status) { taken += status.ok(); });
      }
    });
  }
  for (auto& sender : senders) sender.join();
  ASSERT_TRUE(log_->append_and_wait({{"last", "last"}}).ok());
  EXPECT_EQ(taken, 800);
  EXPECT_EQ(*log_->events_waiting(), 801);
}

TEST_F(EmbeddedLogTest, WritesWhatWaitsBeforeItCloses) {
  open({.partitions = 1});
  std::atomic<int> taken = 0;
  for (int i = 0; i < 50; ++i) log_->append({{"ani", "x"}}, [&](Status s) { taken += s.ok(); });
  open();
  EXPECT_EQ(taken, 50);
  EXPECT_EQ(*log_->events_waiting(), 50);
}

TEST_F(EmbeddedLogTest, DropsConsumedEventsAndOldTriggersByAge) {
  EmbeddedSettings settings{.partitions = 1, .keep = hours(1), .sweep_every = milliseconds(5)};
  open(settings);
  auto connection = log_->connect(0, 1);
  for (int i = 0; i < 10; ++i) append("ani", std::to_string(i));
  ASSERT_TRUE(commit(*connection, {.next_offset = 6, .triggers = {"a", "b"}}).ok());
  now_ = now_.load() + minutes(50);
  append("ani", "10");
  ASSERT_TRUE(commit(*connection, {.next_offset = 7, .triggers = {"c"}}).ok());
  connection.reset();
  now_ = now_.load() + minutes(20);
  open(settings);  // what was recent in memory is gone: reads see the disk
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(read_values(Stream::kTriggers), Values{"c"});
  EXPECT_EQ(log_->last(Stream::kTriggers), 3u);
  RememberingHandler handler;
  connection = log_->connect(0, 1);
  ASSERT_TRUE(poll(*connection, {0}, handler).ok());
  ASSERT_TRUE(poll(*connection, {0}, handler).ok());
  EXPECT_EQ(handler.values(0), (Values{"7", "8", "9", "10"})) << "not consumed yet, so kept";

  ASSERT_TRUE(commit(*connection, {.next_offset = 11}).ok());
  connection.reset();
  now_ = now_.load() + hours(2);
  open(settings);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(read_values(Stream::kTriggers), Values{});
  append("ani", "11");
  connection = log_->connect(0, 1);
  ASSERT_TRUE(commit(*connection, {.next_offset = 12, .triggers = {"d"}}).ok());
  EXPECT_EQ(log_->last(Stream::kTriggers), 4u) << "numbers are never used again";
}

/// Lets no file grow beyond a size, as a full disk would.
class FullDisk {
 public:
  explicit FullDisk(rlim_t largest_file) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = largest_file;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_;
};

TEST_F(EmbeddedLogTest, LeavesNothingHalfVisibleWhenTheDiskTakesNoMore) {
  open({.partitions = 1});
  auto connection = log_->connect(0, 1);
  append("ani", "before");
  std::string big(100'000, 'x');
  {
    FullDisk full(20'000);
    auto refused = log_->append_and_wait({{"ani", "lost"}, {"ani", big}});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().fault, Fault::kEnvironment);
    EXPECT_FALSE(log_->health().empty());
    EXPECT_FALSE(commit(*connection, {.next_offset = 1, .triggers = {big}}).ok());
    EXPECT_FALSE(log_->append_and_wait({{"ani", "small"}}).ok())
        << "after a failed write nothing may be acknowledged that could be lost behind it";
    EXPECT_EQ(log_->last(Stream::kTriggers), 0u);
    EXPECT_EQ(read_values(Stream::kTriggers), Values{});
    connection.reset();
    log_.reset();
  }
  open();
  EXPECT_EQ(log_->health(), "");
  append("ani", "after");
  connection = log_->connect(0, 1);
  RememberingHandler handler;
  ASSERT_TRUE(poll(*connection, {0}, handler).ok());
  ASSERT_TRUE(poll(*connection, {0}, handler).ok());
  EXPECT_EQ(handler.values(0), (Values{"before", "after"}));
  EXPECT_EQ(read_values(Stream::kTriggers), Values{});
}

TEST_F(EmbeddedLogTest, RefusesAFolderThatIsOpenElsewhere) {
  open();
  auto second = EmbeddedLog::open(resources_, folder_.path() + "/log");
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("Another process has this folder open"), std::string::npos);
}

TEST_F(EmbeddedLogTest, CanBeInspectedWhileItIsOpen) {
  open({.partitions = 1});
  auto connection = log_->connect(0, 1);
  ASSERT_TRUE(
      commit(*connection, {.next_offset = 0, .triggers = {"t"}, .changes = {{"ani", "1"}}}).ok());
  auto reader = EmbeddedLog::open_read_only(resources_, folder_.path() + "/log");
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  EXPECT_EQ((*reader)->read(Stream::kTriggers, 0, 10)->size(), 1u);
  auto store = (*reader)->open((*reader)->partition_of("ani"));
  ASSERT_TRUE(store.ok());
  std::string bytes;
  EXPECT_TRUE(*(*store)->get("ani", bytes));
  EXPECT_FALSE((*reader)->append_and_wait({{"ani", "x"}}).ok());
}

}  // namespace
}  // namespace sapa
