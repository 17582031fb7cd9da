#include "connectors/kafka/fencing.h"

#include <gtest/gtest.h>

namespace sapa::kafka {
namespace {

using std::chrono::seconds;

TEST(Fencing, FourTimesAMinuteMayBeOurOwnDoing) {
  FencingMemory memory;
  FencingMemory::Clock::time_point start{};
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(memory.may_try_again(0, start + seconds(i)));
  EXPECT_FALSE(memory.may_try_again(0, start + seconds(4)));
}

TEST(Fencing, WhatIsLongPastDoesNotCount) {
  FencingMemory memory;
  FencingMemory::Clock::time_point start{};
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(memory.may_try_again(0, start + seconds(20 * i)));
}

TEST(Fencing, EachWorkerCountsForItself) {
  FencingMemory memory;
  FencingMemory::Clock::time_point start{};
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(memory.may_try_again(i, start));
}

}  // namespace
}  // namespace sapa::kafka
