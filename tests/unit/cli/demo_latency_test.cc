#include "engine/cli/demo_latency.h"

#include <gtest/gtest.h>

namespace sapa {
namespace {

TEST(LatencySnapshot, TellsQuantilesOfWhatCameBetween) {
  prometheus::Histogram histogram({0.001, 0.002, 0.004});
  for (int i = 0; i < 1000; ++i) histogram.Observe(0.0005);
  LatencySnapshot before(histogram);
  for (int i = 0; i < 98; ++i) histogram.Observe(0.0015);
  for (int i = 0; i < 2; ++i) histogram.Observe(0.003);
  auto quantiles = before.until(LatencySnapshot(histogram));
  ASSERT_TRUE(quantiles.has_value());
  EXPECT_EQ(quantiles->median, "1.5 ms");
  EXPECT_EQ(quantiles->p99, "3.0 ms");
}

TEST(LatencySnapshot, SaysOnlyMoreThanTheLastBoundBeyondIt) {
  prometheus::Histogram histogram({0.001, 0.004});
  LatencySnapshot before(histogram);
  histogram.Observe(1);
  EXPECT_EQ(before.until(LatencySnapshot(histogram))->median, "over 4 ms");
}

TEST(LatencySnapshot, HasNothingToTellWhenNothingCame) {
  prometheus::Histogram histogram({0.001});
  histogram.Observe(0.5);
  LatencySnapshot before(histogram);
  EXPECT_FALSE(before.until(LatencySnapshot(histogram)).has_value());
}

}  // namespace
}  // namespace sapa
