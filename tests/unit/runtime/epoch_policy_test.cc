#include "engine/runtime/epoch_policy.h"

#include <gtest/gtest.h>

namespace sapa {
namespace {

EpochSituation situation(bool outputs, int64_t since_commit, int64_t since_work) {
  EpochSituation now;
  now.has_work = true;
  now.has_outputs = outputs;
  now.ms_since_commit = since_commit;
  now.ms_since_first_work = since_work;
  return now;
}

constexpr EpochPolicy kPolicy;

TEST(EpochPolicy, WithoutWorkThereIsNothingToCommit) {
  EpochSituation now = situation(true, 1'000'000, 1'000'000);
  now.has_work = false;
  now.memory_short = true;
  EXPECT_FALSE(should_commit(kPolicy, now));
}

TEST(EpochPolicy, ATriggerGoesOutAtOnceButNotMoreOftenThanTheInterval) {
  EXPECT_TRUE(should_commit(kPolicy, situation(true, 10, 0)));
  EXPECT_FALSE(should_commit(kPolicy, situation(true, 9, 9)));
}

TEST(EpochPolicy, StateAloneMayWait) {
  EXPECT_FALSE(should_commit(kPolicy, situation(false, 100'000, 249)));
  EXPECT_TRUE(should_commit(kPolicy, situation(false, 100'000, 250)));
}

TEST(EpochPolicy, BehindEpochsAreLong) {
  EpochSituation now = situation(true, 100'000, 1'999);
  now.behind = true;
  EXPECT_FALSE(should_commit(kPolicy, now));
  now.ms_since_first_work = 2'000;
  EXPECT_TRUE(should_commit(kPolicy, now));
}

TEST(EpochPolicy, WhateverTheTimeAFullEpochIsCommitted) {
  EpochSituation now = situation(false, 0, 0);
  now.behind = true;
  EXPECT_FALSE(should_commit(kPolicy, now));
  now.bytes = kPolicy.max_bytes;
  EXPECT_TRUE(should_commit(kPolicy, now));
  now.bytes = 0, now.changes = kPolicy.max_changes;
  EXPECT_TRUE(should_commit(kPolicy, now));
  now.changes = 0, now.memory_short = true;
  EXPECT_TRUE(should_commit(kPolicy, now));
}

}  // namespace
}  // namespace sapa
