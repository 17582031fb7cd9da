#include "engine/runtime/shard_clock.h"

#include <random>

#include <gtest/gtest.h>

namespace sapa {
namespace {

TEST(ShardClock, FollowsTheLatestRecordAndNeverGoesBack) {
  std::mt19937_64 random(1);
  ShardClock clock;
  Timestamp latest = Timestamp::beginning();
  for (int i = 0; i < 10'000; ++i) {
    Timestamp t{static_cast<int64_t>(random() % 1'000'000)};
    Timestamp before = clock.now();
    switch (random() % 3) {
      case 0:
        clock.on_record(t);
        break;
      case 1:
        clock.restore(t);
        break;
      default:
        clock.on_end(static_cast<int64_t>(random() % 10), 10, t);
    }
    latest = std::max(latest, t);
    ASSERT_GE(clock.now(), before);
    ASSERT_EQ(clock.now(), latest);
  }
}

TEST(ShardClock, AProofOfTheEndCountsOnlyWhenEverythingBeforeItIsRead) {
  ShardClock clock;
  clock.on_record(Timestamp{1'000});
  clock.on_end(8, 7, Timestamp{5'000});
  EXPECT_EQ(clock.now(), Timestamp{1'000});
  clock.on_end(8, 8, Timestamp{5'000});
  EXPECT_EQ(clock.now(), Timestamp{5'000});
  clock.on_end(8, 9, Timestamp{4'000});
  EXPECT_EQ(clock.now(), Timestamp{5'000});
}

}  // namespace
}  // namespace sapa
