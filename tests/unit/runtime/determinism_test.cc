// The same input gives the same output, in the same order: whatever the epochs, the memory, the
// restarts.
#include <random>

#include "tests/unit/runtime/fixture.h"

namespace sapa {
namespace {

constexpr const char* kWorkspace = R"yaml(
policy: {timezone: Asia/Jakarta, locale: id-ID, caps: [6 per 24h], deduplicate: {within: 2h, at_most: 8}}
metrics:
  views:    {count: View, by: event.properties.category, over: 30m, keys: 3}
  interest: {sum: event.properties.price, of: [View, Add], by: event.properties.category, half_life: 1d, keys: 4}
  orders:   {count: Order}
  spend:    {sum: event.properties.price, of: Order, over: calendar day}
  seen_6h:  {latest: event.timestamp, of: any, over: 6h}
  brands:   {distinct: event.properties.category, of: View, over: 1h, at_most: 4}
segments:
  browsing: {enter: metrics.brands >= 3, leave: metrics.brands == 0}
  spender:  metrics.spend >= 200
lifecycle:
  gone: "!has(metrics.seen_6h)"
  lead: metrics.orders == 0
  buyer: metrics.orders > 0
---
campaign: interest
channel: popup
limit: 1 per 1h
when: {event: View, if: "metrics.views[event.properties.category] >= 3"}
message: {title: "{{ metrics.interest.top().orValue('-') }}"}
---
campaign: cart
channel: push
when: {event: Add, without: Order, within: 30m, restart: true}
message: {title: "{{ event.properties.price }}"}
---
campaign: unpaid
channel: push
when:
  event: Place
  as: placed
  without: {event: Order, if: event.properties.category == placed.properties.category}
  within: 50m
message: {title: "{{ placed.properties.category }}"}
---
campaign: chain
channel: inbox
when:
  sequence:
    - {event: View, as: view}
    - {event: Add, if: event.properties.category == view.properties.category}
    - Order
  within: 2h
message: {title: "{{ view.properties.price }}"}
---
campaign: silent
channel: email
when: {nothing: Order, for: 3h}
message: {title: "{{ metrics.orders }}"}
---
campaign: rich
channel: popup
when: {reaches: spend, at: 150}
message: {title: "{{ metrics.spend }}"}
---
campaign: browsing-over
channel: inbox
when: {leaves: browsing}
message: {title: over}
---
campaign: spender
channel: inbox
when: {enters: spender}
message: {title: spender}
---
campaign: gone
channel: email
when: {enters: gone}
message: {title: gone}
)yaml";

struct Operation {
  bool is_end = false;  ///< else a record
  std::string value;
  Timestamp received;  ///< or the time of the end
};

std::vector<Operation> random_operations(uint64_t seed, int count) {
  static const char* kEvents[] = {"View", "View", "View", "Add", "Add", "Place", "Order", "Other"};
  static const char* kCategories[] = {"a", "b", "c", "d"};
  std::mt19937_64 random(seed);
  std::vector<Operation> operations;
  int64_t second = 0;
  for (int i = 0; i < count; ++i) {
    second += static_cast<int64_t>(random() % 20 == 0 ? random() % 4'000 : random() % 60);
    if (random() % 15 == 0) {
      operations.push_back({true, "", at_second(second)});
      continue;
    }
    Timestamp time = at_second(second);
    if (random() % 10 == 0) time = at_second(second - static_cast<int64_t>(random() % 3'000));
    int id = random() % 12 == 0 && i > 20 ? i - 1 - static_cast<int>(random() % 20) : i;
    std::string properties = std::string(R"({"category":")") + kCategories[random() % 4] +
                             R"(","price":)" + std::to_string(random() % 100) + "}";
    std::string user = "u" + std::to_string(random() % 25);
    std::string value = random() % 50 == 0 ? "{broken"
                                           : track(user, kEvents[random() % 8], time,
                                                   "m" + std::to_string(id), properties);
    operations.push_back({false, value, at_second(second)});
  }
  operations.push_back({true, "", at_second(second + 86'400)});
  return operations;
}

/// How a run is cut into epochs and lives.
struct Manner {
  size_t cache_bytes = 1 << 30;
  int commit_one_in = 0;   ///< operations; 0: only at the end
  int restart_one_in = 0;  ///< … from the store, dropping what is not committed
  bool new_disk = false;   ///< a restart replays the changelog into an empty store
  int commits_later = 0;   ///< epochs that are taken before the first of them is committed
};

class Life {
 public:
  Life(ClockMode mode, const std::vector<Operation>& operations, Manner manner, uint64_t seed)
      : mode_(mode), operations_(operations), manner_(manner), random_(seed) {}

  std::vector<std::string> go() {
    start();
    while (next_ < operations_.size()) {
      perform(operations_[next_++]);
      if (one_in(manner_.commit_one_in)) take();
      if (one_in(manner_.restart_one_in)) restart();
      if (testing::Test::HasFailure()) return {};
    }
    take();
    while (!waiting_.empty()) commit_first();
    return outputs_;
  }

 private:
  struct Taken {
    std::unique_ptr<Epoch> epoch;
    size_t next;
  };

  bool one_in(int n) { return n > 0 && random_() % static_cast<uint64_t>(n) == 0; }

  void start() {
    ShardOptions options;
    options.clock = mode_;
    options.cache_bytes = manner_.cache_bytes;
    if (manner_.new_disk) store_ = std::make_unique<MemoryStore>();
    auto lent = std::make_unique<LentStore>(*store_);
    shard_ = std::make_unique<Shard>(0, committed_offset_, workspace_, std::move(lent), options);
    if (manner_.new_disk) {
      for (const auto& [position, id, bytes] : changelog_) {
        Status put = id.empty() ? shard_->put_meta(bytes, position)
                                : shard_->put_customer(id, bytes, position);
        ASSERT_TRUE(put.ok());
      }
    }
    ASSERT_TRUE(shard_->open().ok());
    epoch_ = epoch_number(++number_);
  }

  void perform(const Operation& operation) {
    Timestamp wall = operation.received + milliseconds(7);
    Status done;
    if (operation.is_end) {
      shard_->on_end(shard_->next_offset(), operation.received);
      done = shard_->fire_timers(operation.received, *epoch_);
    } else {
      done = shard_->on_record(
          record_item(shard_->next_offset(), operation.value, operation.received), wall, *epoch_);
    }
    ASSERT_TRUE(done.ok()) << done.error().message;
  }

  void take() {
    if (!shard_->take(*epoch_)) return;
    waiting_.push_back({std::move(epoch_), next_});
    epoch_ = epoch_number(++number_);
    if (waiting_.size() > static_cast<size_t>(manner_.commits_later)) commit_first();
  }

  void commit_first() {
    Taken taken = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    ShardEpoch& part = taken.epoch->shards[0];
    for (const OutputRecord& record : part.outputs) {
      outputs_.push_back(std::to_string(static_cast<int>(record.stream)) + " " +
                         std::string(record.key) + " " + std::string(record.value));
    }
    auto position = static_cast<int64_t>(changelog_.size());
    for (const CustomerChange& change : part.changes) {
      changelog_.push_back(
          {++position, std::string(change.customer_id), std::string(change.bytes)});
    }
    changelog_.push_back({++position, "", std::string(part.meta)});
    part.changelog_position = position;
    committed_offset_ = part.next_offset;
    committed_next_ = taken.next;
    ASSERT_TRUE(shard_->committed(taken.epoch->number, part).ok());
  }

  void restart() {
    waiting_.clear();
    next_ = committed_next_;
    start();
  }

  struct Logged {
    int64_t position;
    std::string id, bytes;
  };

  ClockMode mode_;
  const std::vector<Operation>& operations_;
  Manner manner_;
  std::mt19937_64 random_;
  std::shared_ptr<const Workspace> workspace_ = workspace_of(kWorkspace);
  std::unique_ptr<MemoryStore> store_ = std::make_unique<MemoryStore>();
  std::vector<Logged> changelog_;
  std::unique_ptr<Shard> shard_;
  std::unique_ptr<Epoch> epoch_;
  std::vector<Taken> waiting_;
  std::vector<std::string> outputs_;
  size_t next_ = 0, committed_next_ = 0;
  int64_t committed_offset_ = 0;
  uint64_t number_ = 0;
};

class Determinism : public testing::TestWithParam<ClockMode> {
 protected:
  void expect_the_same(const Manner& manner) {
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      std::vector<Operation> operations = random_operations(seed, 900);
      std::vector<std::string> straight = Life(GetParam(), operations, {}, seed).go();
      ASSERT_GT(straight.size(), 200u);
      std::vector<std::string> other = Life(GetParam(), operations, manner, seed).go();
      for (size_t i = 0; i < std::min(straight.size(), other.size()); ++i) {
        ASSERT_EQ(straight[i], other[i]) << "output " << i << " of seed " << seed;
      }
      ASSERT_EQ(straight.size(), other.size());
    }
  }
};

TEST_P(Determinism, EpochsMakeNoDifference) {
  expect_the_same({.commit_one_in = 10});
  expect_the_same({.commit_one_in = 1});
}

TEST_P(Determinism, LittleMemoryMakesNoDifference) {
  expect_the_same({.cache_bytes = 1, .commit_one_in = 3});
  expect_the_same({.cache_bytes = 20'000, .commit_one_in = 7});
}

TEST_P(Determinism, WorkingWhileEarlierEpochsCommitMakesNoDifference) {
  expect_the_same({.cache_bytes = 1, .commit_one_in = 3, .commits_later = 3});
}

TEST_P(Determinism, RestartsFromTheStoreMakeNoDifference) {
  expect_the_same({.commit_one_in = 5, .restart_one_in = 40});
  expect_the_same({.cache_bytes = 1, .commit_one_in = 2, .restart_one_in = 10, .commits_later = 2});
}

TEST_P(Determinism, RestartsOnANewDiskMakeNoDifference) {
  expect_the_same({.commit_one_in = 5, .restart_one_in = 100, .new_disk = true});
}

INSTANTIATE_TEST_SUITE_P(Clocks, Determinism, testing::Values(ClockMode::kWall, ClockMode::kEvent),
                         [](const auto& mode) {
                           return mode.param == ClockMode::kWall ? "Wall" : "Event";
                         });

}  // namespace
}  // namespace sapa
