#include "engine/runtime/id_filter.h"

#include <string>

#include <gtest/gtest.h>

namespace sapa {
namespace {

TEST(IdFilter, KnowsEveryIdAgainAndFewOthers) {
  constexpr int kIds = 100'000;
  IdFilter filter(kIds * 10 / 8);
  int taken_for_known = 0;
  for (int i = 0; i < kIds; ++i) taken_for_known += filter.add("customer-" + std::to_string(i));
  EXPECT_LT(taken_for_known, kIds / 50);
  for (int i = 0; i < kIds; ++i) ASSERT_TRUE(filter.add("customer-" + std::to_string(i)));
}

TEST(IdFilter, WithoutMemoryItKnowsNothingForSure) {
  IdFilter filter(0);
  EXPECT_FALSE(filter.add("a"));
  for (int i = 0; i < 1000; ++i) filter.add(std::to_string(i));
  EXPECT_TRUE(filter.add("never added"));
}

}  // namespace
}  // namespace sapa
