#include "engine/workspace/describe.h"

#include <gtest/gtest.h>

#include "tests/unit/workspace/loading.h"

namespace sapa {
namespace {

/// What is said of a campaign with this `when`.
std::string said_of(const std::string& when) {
  auto workspace = load(R"(
metrics:
  orders: {count: Order Completed}
  month_spend: {sum: event.properties.total, of: Order Completed, over: calendar month}
  week_orders: {count: Order Completed, over: 7d}
segments:
  keen: metrics.orders > 3
lifecycle:
  lead: metrics.orders == 0
  active: metrics.orders > 0
---
campaign: it
channel: popup
message: {title: Hi}
when: )" + when + "\n");
  return workspace->campaigns.empty() ? "" : describe_when(workspace->campaigns[0], *workspace);
}

TEST(DescribeWhen, SaysWhichEvent) {
  EXPECT_EQ(said_of("{event: Application Opened}"), "Application Opened");
  EXPECT_EQ(said_of("{event: Product Viewed, if: metrics.orders > 0}"),
            "Product Viewed, and its condition held");
}

TEST(DescribeWhen, SaysWhatStayedAway) {
  EXPECT_EQ(said_of("{event: Product Added, without: Order Completed, within: 30m}"),
            "Product Added, then no Order Completed within 30m");
  EXPECT_EQ(said_of("{nothing: [Product Viewed, Product Added, Order Completed], for: 7d}"),
            "no Product Viewed, Product Added or Order Completed for 7d");
}

TEST(DescribeWhen, SaysTheStepsOfASequence) {
  EXPECT_EQ(said_of("{sequence: [Product Viewed, {event: Product Added, if: metrics.orders == 0}], "
                    "within: 2h}"),
            "Product Viewed, then Product Added within 2h, and the steps' conditions held");
}

TEST(DescribeWhen, SaysWhichMetricReachedWhat) {
  EXPECT_EQ(said_of("{reaches: orders, at: 1}"), "orders reached 1");
  EXPECT_EQ(said_of("{reaches: month_spend, at: 5000000}"),
            "month_spend reached 5000000 in a calendar month");
  EXPECT_EQ(said_of("{reaches: week_orders, at: 2}"), "week_orders reached 2 in 7d");
}

TEST(DescribeWhen, SaysWhatWasEnteredOrLeft) {
  EXPECT_EQ(said_of("{enters: keen}"), "entered segment keen");
  EXPECT_EQ(said_of("{leaves: lead, if: metrics.orders > 0}"),
            "left stage lead, and its condition held");
}

}  // namespace
}  // namespace sapa
