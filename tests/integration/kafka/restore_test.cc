// A shard's state comes back as it was committed, whatever lies between.
#include "connectors/kafka/restore.h"

#include <chrono>
#include <thread>

#include "tests/integration/kafka/support.h"

namespace sapa::kafka {
namespace {

class State : public StateSink {
 public:
  Status put_customer(std::string_view id, std::string_view bytes, int64_t position) override {
    EXPECT_GT(position, last_position);
    last_position = position;
    if (bytes.empty()) {
      customers.erase(std::string(id));
      ++tombstones;
    } else {
      customers[std::string(id)] = bytes;
    }
    return {};
  }
  Status put_meta(std::string_view bytes, int64_t position) override {
    EXPECT_GT(position, last_position);
    last_position = meta_position = position;
    meta = bytes;
    return {};
  }

  std::map<std::string, std::string> customers;
  std::string meta;
  int64_t last_position = -1, meta_position = -1;
  int tombstones = 0;
};

class Restore : public ::testing::Test {
 protected:
  void SetUp() override {
    config_ = fresh_config(2);
    connection_ = connect(config_);
    poll_until(*connection_, witness_, [&] { return !witness_.assigned.empty(); });
  }

  int64_t commit(int32_t partition, const std::map<std::string, std::string>& changes,
                 const std::string& meta) {
    EpochMaker maker;
    ShardEpoch& shard = maker.shard(partition, 0, meta);
    for (const auto& [id, bytes] : changes) maker.change(shard, id, bytes);
    Status status = connection_->commit(*maker.epoch);
    if (!status) throw std::runtime_error(status.error().message);
    return maker.epoch->shards[0].changelog_position;
  }

  State restore(int32_t partition, int64_t from = -1) {
    State state;
    Status status = connection_->restore(partition, from, state, progress_, {});
    if (!status) throw std::runtime_error(status.error().message);
    return state;
  }

  KafkaConfig config_;
  std::unique_ptr<KafkaConnection> connection_;
  RestoreProgress progress_;
  Witness witness_;
};

TEST_F(Restore, GivesWhatWasCommittedAndNothingElse) {
  commit(0, {{"ana", "a1"}, {"budi", "b1"}}, "m1");
  {
    PlainTransaction aborted(config_.group + "-aborted");
    aborted.begin();
    aborted.produce(config_.topics.changelog, 0, "cana", "never happened");
    aborted.produce(config_.topics.changelog, 0, "m", "never happened");
    aborted.abort();
  }
  commit(1, {{"citra", "other shard"}}, "other");
  const int64_t position = commit(0, {{"ana", "a2"}, {"budi", ""}, {"dewi", "d1"}}, "m2");

  const State state = restore(0);
  const std::map<std::string, std::string> expected{{"ana", "a2"}, {"dewi", "d1"}};
  EXPECT_EQ(state.customers, expected);
  EXPECT_EQ(state.meta, "m2");
  EXPECT_EQ(state.tombstones, 1);
  EXPECT_EQ(state.meta_position, position);
}

TEST_F(Restore, GoesOnFromAPosition) {
  const int64_t first = commit(0, {{"ana", "a1"}}, "m1");
  commit(0, {{"budi", "b1"}}, "m2");
  const State state = restore(0, first);
  EXPECT_EQ(state.customers, (std::map<std::string, std::string>{{"budi", "b1"}}));
  EXPECT_EQ(state.meta, "m2");
  const State nothing = restore(0, state.meta_position);
  EXPECT_EQ(nothing.last_position, -1);
}

TEST_F(Restore, OfAnEmptyChangelogGivesNothing) {
  const State state = restore(1);
  EXPECT_EQ(state.last_position, -1);
}

TEST_F(Restore, WaitsForWhatIsStillBeingDecided) {
  commit(0, {{"ana", "a1"}}, "m1");
  PlainTransaction open(config_.group + "-open");
  open.begin();
  open.produce(config_.topics.changelog, 0, "cana", "from the predecessor");
  open.produce(config_.topics.changelog, 0, "m", "predecessor");
  std::thread decides([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    open.commit();
  });
  const auto began = std::chrono::steady_clock::now();
  const State state = restore(0);
  EXPECT_GT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(1000));
  decides.join();
  EXPECT_EQ(state.customers.at("ana"), "from the predecessor");
  EXPECT_EQ(state.meta, "predecessor");
}

TEST_F(Restore, RefusesAStoreThatIsAheadOfTheTopic) {
  State state;
  Status status = connection_->restore(0, 1000, state, progress_, {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().fault, Fault::kUser);
}

TEST_F(Restore, RefusesATopicThatIsNotOurs) {
  publish(config_.topics.changelog, 0, "x", "y");
  State state;
  EXPECT_FALSE(connection_->restore(0, -1, state, progress_, {}));
}

TEST_F(Restore, HandsOnTheErrorOfTheSink) {
  commit(0, {{"ana", "a1"}, {"budi", "b1"}}, "m1");
  struct Full : State {
    Status put_customer(std::string_view, std::string_view, int64_t) override {
      ++calls;
      return environment_error("the disk is full");
    }
    int calls = 0;
  } sink;
  Status status = connection_->restore(0, -1, sink, progress_, {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "the disk is full");
  EXPECT_EQ(sink.calls, 1);
}

}  // namespace
}  // namespace sapa::kafka
