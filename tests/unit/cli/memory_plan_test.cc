// What --memory is divided into is all that can be used of it, and never nothing.
#include "engine/cli/memory_plan.h"

#include <gtest/gtest.h>

namespace sapa {
namespace {

constexpr size_t kMegabyte = size_t{1} << 20;

/// What two workers come to, with what stores have yet to write (RocksResources::Share).
size_t sum(const MemoryPlan& plan) {
  return MemoryPlan::kFixed + plan.hot_customers + plan.rocksdb + plan.rocksdb / 2 + 4 * plan.epoch;
}

TEST(MemoryPlan, DividesAllOfIt) {
  for (size_t megabytes : {256, 384, 500, 1024, 2048}) {
    const size_t all = megabytes * kMegabyte;
    EXPECT_NEAR(static_cast<double>(sum(MemoryPlan::of(all))),
                static_cast<double>(MemoryPlan::usable(all)), 100.0)
        << megabytes;
  }
}

TEST(MemoryPlan, LeavesNobodyWithout) {
  for (size_t megabytes : {1, 4, 64, 128}) {
    const MemoryPlan plan = MemoryPlan::of(megabytes * kMegabyte);
    EXPECT_GE(plan.hot_customers, megabytes * kMegabyte / 10);
    EXPECT_GE(plan.epoch, 4 * kMegabyte);
  }
}

}  // namespace
}  // namespace sapa
