// Shards move between connections of a group: nothing is lost, nothing comes twice.
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "tests/integration/kafka/support.h"

namespace sapa::kafka {
namespace {

// The smallest engine there is: every record becomes a trigger.
class Echo : public InputHandler {
 public:
  Echo(const KafkaConfig& config, int worker) : connection_(connect(config, worker)) {}

  void on_items(std::span<const InputItem> items) override {
    for (const InputItem& item : items) {
      if (item.kind != InputItem::Kind::kRecord) continue;
      Shard& shard = shards_.at(item.partition);
      if (item.offset < shard.next) ++repeated;
      shard.next = item.offset + 1;
      shard.values.emplace_back(item.record.value);
      ++pending_;
    }
    if (pending_ >= 50) commit();
  }
  void on_assigned(std::span<const Assignment> assignments) override {
    for (const Assignment& assignment : assignments) {
      shards_[assignment.partition] = {assignment.next_offset, {}};
      connection_->start_reading(assignment.partition);
    }
    held = static_cast<int>(assignments.size());
  }
  void on_revoked() override {
    commit();
    shards_.clear();
    ++revoked;
    held = 0;
  }
  void on_lost() override {
    shards_.clear();
    pending_ = 0;
    held = 0;
    ++lost;
  }

  void run(const std::atomic<bool>& stop) {
    while (!stop) {
      if (Status status = connection_->poll(milliseconds(20), *this); !status) {
        failure = status.error().message;
        return;
      }
    }
    commit();
    connection_.reset();
  }

  std::atomic<int> held{0}, revoked{0}, lost{0}, repeated{0};
  std::string failure;

 private:
  struct Shard {
    int64_t next = 0;
    std::vector<std::string> values;
  };

  void commit() {
    if (pending_ == 0) return;
    EpochMaker maker;
    for (auto& [partition, shard] : shards_) {
      if (shard.values.empty()) continue;
      ShardEpoch& epoch = maker.shard(partition, shard.next, "meta");
      for (const std::string& value : shard.values) {
        maker.output(epoch, Stream::kTriggers, value, value);
      }
      shard.values.clear();
    }
    pending_ = 0;
    // commit() runs on a thread of its own, as in the engine.
    Status status;
    std::thread committer([&] { status = connection_->commit(*maker.epoch); });
    committer.join();
    if (!status) failure = status.error().message;
  }

  std::unique_ptr<KafkaConnection> connection_;
  std::map<int32_t, Shard> shards_;
  int pending_ = 0;
};

void wait_for(const std::function<bool()>& done, int seconds = 30) {
  const int64_t deadline = wall_ms() + seconds * 1000;
  while (!done()) {
    if (wall_ms() > deadline) throw std::runtime_error("not in time");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

TEST(Group, RebalanceLosesAndRepeatsNothing) {
  const KafkaConfig config = fresh_config(4);
  constexpr int kRecords = 1500;
  std::atomic<bool> published{false};
  std::thread publisher([&] {
    for (int i = 0; i < kRecords; ++i) {
      publish(config.topics.input, i % 4, "k", "v" + std::to_string(i));
    }
    published = true;
  });

  std::atomic<bool> stop_first{false}, stop_second{false};
  Echo first(config, 0);
  std::thread first_thread([&] { first.run(stop_first); });
  wait_for([&] { return first.held == 4; });
  Echo second(config, 1);
  std::thread second_thread([&] { second.run(stop_second); });
  wait_for([&] { return first.held == 2 && second.held == 2; });
  EXPECT_GE(first.revoked, 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  stop_second = true;
  second_thread.join();
  wait_for([&] { return first.held == 4; });
  publisher.join();

  std::multiset<std::string> out;
  wait_for([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    const auto triggers = read_all(config, config.topics.triggers);
    out.clear();
    for (const SeenRecord& trigger : triggers) out.insert(trigger.value);
    // What is left over stays below one epoch until the first worker stops.
    return out.size() >= kRecords - 50;
  });
  stop_first = true;
  first_thread.join();
  out.clear();
  for (const SeenRecord& trigger : read_all(config, config.topics.triggers)) {
    out.insert(trigger.value);
  }
  EXPECT_EQ(first.failure, "");
  EXPECT_EQ(second.failure, "");
  EXPECT_EQ(out.size(), static_cast<size_t>(kRecords));
  for (int i = 0; i < kRecords; ++i) ASSERT_EQ(out.count("v" + std::to_string(i)), 1u) << i;
  EXPECT_EQ(first.repeated + second.repeated, 0);
}

TEST(Group, StaticMemberKeepsItsShardsOverARestart) {
  KafkaConfig config = fresh_config(4);
  KafkaConfig one = config, two = config;
  one.instance = "one";
  two.instance = "two";
  auto stays = connect(one), restarts = connect(two);
  Witness steady, before, after;
  poll_until(*stays, steady, [&] {
    if (!restarts->poll(milliseconds(10), before)) throw std::runtime_error("poll failed");
    return steady.assigned.size() == 2 && before.assigned.size() == 2;
  });
  const int assignments = steady.assignments;
  const auto had = before.assigned;
  restarts.reset();
  restarts = connect(two);
  poll_until(*restarts, after, [&] {
    if (!stays->poll(milliseconds(10), steady)) throw std::runtime_error("poll failed");
    return !after.assigned.empty();
  });
  EXPECT_EQ(after.assigned, had);
  EXPECT_EQ(steady.assignments, assignments);
  EXPECT_EQ(steady.revoked, steady.assignments - 1);
}

TEST(Group, OneThatIsPushedOutAgainAndAgainIsToldOfItsRival) {
  KafkaConfig config = fresh_config(2);
  config.instance = "one";
  // Once may be this process's own doing; this would be the fifth time in a minute.
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(config.fencing->may_try_again(0));
  auto first = connect(config);
  Witness witness;
  poll_until(*first, witness, [&] { return !witness.assigned.empty(); });
  auto second = connect(config);
  Witness other;
  poll_until(*second, other, [&] { return !other.assigned.empty(); });
  Status status;
  for (int i = 0; i < 200 && status; ++i) status = first->poll(milliseconds(100), witness);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("instance name"), std::string::npos)
      << status.error().message;
  EXPECT_EQ(status.error().fault, Fault::kUser);
  EXPECT_FALSE(status.error().retriable);
}

TEST(Group, OneThatIsPushedOutOnceMayTryAgain) {
  KafkaConfig config = fresh_config(2);
  config.instance = "one";
  auto first = connect(config);
  Witness witness;
  poll_until(*first, witness, [&] { return !witness.assigned.empty(); });
  auto second = connect(config);
  Witness other;
  poll_until(*second, other, [&] { return !other.assigned.empty(); });
  Status status;
  for (int i = 0; i < 200 && status; ++i) status = first->poll(milliseconds(100), witness);
  ASSERT_FALSE(status);
  EXPECT_TRUE(status.error().retriable) << status.error().message;
}

TEST(Group, StartsAtTheEndWhenToldTo) {
  KafkaConfig config = fresh_config(1);
  config.options["auto.offset.reset"] = "latest";
  publish(config.topics.input, 0, "k", "old");
  auto connection = connect(config);
  Witness witness;
  poll_until(*connection, witness, [&] { return !witness.assigned.empty(); });
  EXPECT_EQ(witness.assigned.at(0), 1);
  publish(config.topics.input, 0, "k", "new");
  poll_until(*connection, witness, [&] { return !witness.records.empty(); });
  EXPECT_EQ(witness.records[0].value, "new");
}

}  // namespace
}  // namespace sapa::kafka
