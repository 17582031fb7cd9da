// A shard that keeps only the next few timers in memory, beside one that keeps them all.
#include <deque>
#include <random>
#include <utility>

#include "engine/runtime/customer_table.h"
#include "tests/unit/runtime/fixture.h"

namespace sapa {
namespace {

constexpr const char* kCart = R"(
---
campaign: cart
channel: push
when: {event: Product Added, without: Order Completed, within: 30m, restart: true}
message: {title: Keranjang}
)";
constexpr const char* kSilences = R"(
---
campaign: silent
channel: email
when: {nothing: any, for: 2d}
message: {title: Halo}
---
campaign: gone
channel: email
when: {nothing: Order Completed, for: 5d}
message: {title: Halo}
)";

Rules rules_of(const std::string& campaigns) {
  Rules rules;
  rules.workspace = workspace_of("policy: {timezone: Asia/Jakarta}" + campaigns);
  rules.layout = std::make_shared<const RecordLayout>(record_layout(*rules.workspace));
  return rules;
}

/// A shard with its store and the epochs that are not committed yet.
class Side {
 public:
  Side(size_t timers_in_memory, size_t cache_bytes) {
    options_.timers_in_memory = timers_in_memory;
    options_.cache_bytes = cache_bytes;
  }
  void open(const Rules& rules, int64_t next_offset) {
    taken_.clear();
    shard_ = std::make_unique<Shard>(0, next_offset, rules.workspace,
                                     std::make_unique<LentStore>(store_), options_);
    ASSERT_TRUE(shard_->open().ok());
    epoch_ = epoch_number(1);
  }
  void event(const std::string& text, Timestamp time) {
    Status done = shard_->on_record(record_item(shard_->next_offset(), text, time), time, *epoch_);
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
  void wall_clock(Timestamp time) {
    shard_->on_end(shard_->next_offset(), time);
    ASSERT_TRUE(shard_->fire_timers(time, *epoch_).ok());
  }
  /// What the epoch has put out.
  std::vector<std::string> take() {
    std::vector<std::string> triggers;
    if (shard_->take(*epoch_)) triggers = triggers_of(epoch_->shards[0].outputs);
    const uint64_t next = epoch_->number + 1;
    if (!epoch_->shards.empty()) taken_.push_back(std::move(epoch_));
    epoch_ = epoch_number(next);
    return triggers;
  }
  void commit(size_t leave) {
    while (taken_.size() > leave) {
      const Epoch& epoch = *taken_.front();
      ASSERT_TRUE(shard_->committed(epoch.number, epoch.shards[0]).ok());
      taken_.pop_front();
    }
  }
  Shard& shard() { return *shard_; }

 private:
  MemoryStore store_;
  ShardOptions options_;
  std::unique_ptr<Shard> shard_;
  std::unique_ptr<Epoch> epoch_;
  std::deque<std::unique_ptr<Epoch>> taken_;
};

/// Adds up how many triggers there were.
void compare(uint64_t seed, bool workspaces_change, size_t& triggers) {
  std::mt19937_64 random(seed);
  const auto below = [&](uint64_t n) { return random() % n; };
  static const std::vector<Rules> all_rules = {rules_of(std::string(kCart) + kSilences),
                                               rules_of(kCart), rules_of(kSilences)};
  // A campaign that is taken out and put back may find timers gone that were looked at meanwhile,
  // so there is one change, to fewer campaigns, or more, or others.
  const int change_at = workspaces_change ? static_cast<int>(200 + below(200)) : 10'000;
  bool changed = false;
  Rules rules = all_rules[workspaces_change ? below(3) : 0];
  Side few(1 + below(4), below(2) == 0 ? 1 : 64 << 20), all(1 << 20, 64 << 20);
  const auto both = [&](auto&& work) {
    work(few);
    work(all);
  };
  both([&](Side& side) { side.open(rules, 0); });
  int64_t second = 0, offset = 0;
  for (int step = 0; step < 600; ++step) {
    const uint64_t gap = below(100);
    second += static_cast<int64_t>(gap < 90 ? below(400) : below(gap < 99 ? 20'000 : 400'000));
    if (below(8) == 0) {
      both([&](Side& side) { side.wall_clock(at_second(second)); });
    } else {
      const std::string user = "u" + std::to_string(below(40));
      const std::string name = below(3) == 0 ? "Order Completed" : "Product Added";
      // Several customers' timers are due at the same moment.
      const Timestamp time = at_second(second / 200 * 200);
      const std::string text = track(user, name, time, "m" + std::to_string(step));
      both([&](Side& side) { side.event(text, at_second(second)); });
      ++offset;
    }
    if (below(4) != 0) continue;
    const std::vector<std::string> expected = all.take();
    ASSERT_EQ(few.take(), expected) << "seed " << seed << ", step " << step;
    triggers += expected.size();
    if (step >= change_at && !changed && below(2) == 0) {
      changed = true;
      rules = all_rules[below(3)];
      both([&](Side& side) { side.shard().adopt(rules); });
    }
    const size_t leave = below(3);
    both([&](Side& side) { side.commit(leave); });
    if (below(20) != 0) continue;
    both([&](Side& side) { side.commit(0); });
    if (step >= change_at && !std::exchange(changed, true)) rules = all_rules[below(3)];
    both([&](Side& side) { side.open(rules, offset); });
  }
}

TEST(ShardTimers, WhetherTheyAreInMemoryOrInTheStoreMakesNoDifference) {
  size_t triggers = 0;
  for (uint64_t seed = 1; seed <= 15 && !testing::Test::HasFailure(); ++seed) {
    compare(seed, /*workspaces_change=*/false, triggers);
  }
  EXPECT_GT(triggers, 1000u);
}

TEST(ShardTimers, NoneIsLostWhenTheWorkspaceChanges) {
  size_t triggers = 0;
  for (uint64_t seed = 1; seed <= 25 && !testing::Test::HasFailure(); ++seed) {
    compare(seed, /*workspaces_change=*/true, triggers);
  }
  EXPECT_GT(triggers, 1000u);
}

TEST(ShardTimers, OnlyTheNextFewAreInMemory) {
  Side side(100, 1);
  const Rules rules = rules_of(kCart);
  side.open(rules, 0);
  for (int i = 0; i < 5000; ++i) {
    side.event(track("u" + std::to_string(i), "Product Added", at_second(i / 10), "m"),
               at_second(i / 10));
    if (i % 50 != 49) continue;
    side.take();
    side.commit(0);
    ASSERT_LE(side.shard().state().pending_timers, 400u);
  }
  side.open(rules, 5000);
  EXPECT_EQ(side.shard().state().pending_timers, 100u);
  size_t fired = 0;
  for (int second = 1800; second < 2300; ++second) {
    EXPECT_EQ(side.shard().earliest_timer(), at_second(second));
    side.wall_clock(at_second(second));
    EXPECT_LE(side.shard().state().pending_timers, 400u);
    fired += side.take().size();
    side.commit(0);
  }
  EXPECT_EQ(fired, 5000u);
  EXPECT_EQ(side.shard().earliest_timer(), Timestamp::never());
}

}  // namespace
}  // namespace sapa
