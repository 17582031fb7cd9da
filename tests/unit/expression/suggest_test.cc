#include "engine/expression/suggest.h"

#include <gtest/gtest.h>

namespace sapa::expression {
namespace {

TEST(EditDistance, CountsSlipsOfTheHand) {
  EXPECT_EQ(edit_distance("orders", "orders", 3), 0u);
  EXPECT_EQ(edit_distance("order", "orders", 3), 1u);
  EXPECT_EQ(edit_distance("odrers", "orders", 3), 1u);
  EXPECT_EQ(edit_distance("xrders", "orders", 3), 1u);
  EXPECT_EQ(edit_distance("abcdef", "uvwxyz", 3), 4u);
  EXPECT_EQ(edit_distance("", "abc", 3), 3u);
}

TEST(NearestName, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(nearest_name("frobnicate", {"size", "contains"}), "");
  EXPECT_EQ(nearest_name("contain", {"size", "contains"}), "contains");
}

TEST(NearestVariable, KeepsTheRestOfTheChain) {
  Environment environment;
  environment.declare("customer", TypeKind::kDyn, 0);
  environment.declare("metrics.orders", TypeKind::kInt, 1);
  EXPECT_EQ(nearest_variable("costumer.city", environment), "customer.city");
  EXPECT_EQ(nearest_variable("metrics.orderz", environment), "metrics.orders");
  EXPECT_EQ(nearest_variable("metrics", environment), "metrics.orders");
  EXPECT_EQ(nearest_variable("weather.today", environment), "");
}

}  // namespace
}  // namespace sapa::expression
