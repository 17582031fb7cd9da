// The generator's randomness: as good as it claims, and independent of the machine's C library.
#include "benchmarks/generator/random.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "benchmarks/generator/partition.h"
#include "benchmarks/generator/zipf.h"

namespace sapa::shop {
namespace {

TEST(PortableMath, AgreesWithTheLibraryToTheLastDigits) {
  Random random(1);
  for (int i = 0; i < 100'000; ++i) {
    const double x = std::ldexp(1 + random.unit(), static_cast<int>(random.below(80)) - 40);
    ASSERT_NEAR(portable_log(x), std::log(x), 4e-15 * std::max(1.0, std::fabs(std::log(x)))) << x;
    const double y = (random.unit() - 0.5) * 100;
    ASSERT_NEAR(portable_exp(y) / std::exp(y), 1, 1e-13) << y;
  }
  EXPECT_EQ(portable_log(1), 0);
  EXPECT_EQ(portable_exp(0), 1);
}

TEST(Random, UnitAndBelowAreEven) {
  Random random(2);
  double sum = 0;
  std::vector<int> counts(12);
  constexpr int kDraws = 1'200'000;
  for (int i = 0; i < kDraws; ++i) {
    const double unit = random.unit();
    ASSERT_GE(unit, 0);
    ASSERT_LT(unit, 1);
    sum += unit;
    ++counts.at(random.below(counts.size()));
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.002);
  for (const int count : counts) EXPECT_NEAR(count, 100'000, 1'500);
}

TEST(Random, NormalHasMeanZeroAndDeviationOne) {
  Random random(3);
  constexpr int kDraws = 400'000;
  double sum = 0;
  double squares = 0;
  int beyond_two = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = normal(random);
    sum += x;
    squares += x * x;
    if (std::fabs(x) > 2) ++beyond_two;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.008);
  EXPECT_NEAR(squares / kDraws, 1, 0.012);
  EXPECT_NEAR(static_cast<double>(beyond_two) / kDraws, 0.0455, 0.002);
}

TEST(Zipf, DrawsEachRankAsOftenAsItsWeight) {
  constexpr uint64_t kRanks = 500;
  constexpr double kExponent = 0.8;
  constexpr int kDraws = 2'000'000;
  const Zipf zipf(kRanks, kExponent);
  Random random(4);
  std::vector<int> counts(kRanks + 1);
  for (int i = 0; i < kDraws; ++i) ++counts.at(zipf.draw(random));
  EXPECT_EQ(counts[0], 0);

  double weights = 0;
  for (uint64_t rank = 1; rank <= kRanks; ++rank) {
    weights += std::pow(static_cast<double>(rank), -kExponent);
  }
  double chi_square = 0;
  for (uint64_t rank = 1; rank <= kRanks; ++rank) {
    const double expected = kDraws * std::pow(static_cast<double>(rank), -kExponent) / weights;
    chi_square += (counts[rank] - expected) * (counts[rank] - expected) / expected;
  }
  // 499 degrees of freedom: mean 499, deviation 32.
  EXPECT_LT(chi_square, 499 + 4 * 32);
}

TEST(Zipf, OneRankIsAlwaysTheFirst) {
  const Zipf zipf(1, 0.8);
  Random random(5);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(zipf.draw(random), 1u);
}

TEST(Partition, IsWhatARealBrokersJavaProducerChose) {
  EXPECT_EQ(partition_of("21", 4), 0u);
  EXPECT_EQ(partition_of("c0000001", 4), 1u);
  EXPECT_EQ(partition_of("foobar", 4), 2u);
  EXPECT_EQ(partition_of("abc", 4), 3u);
  EXPECT_EQ(partition_of("c0000123", 4), 0u);
  // The values that Kafka's own tests hold its hash to.
  EXPECT_EQ(murmur2("21"), static_cast<uint32_t>(-973932308));
  EXPECT_EQ(murmur2("foobar"), static_cast<uint32_t>(-790332482));
  EXPECT_EQ(murmur2("a-little-bit-long-string"), static_cast<uint32_t>(-985981536));
  EXPECT_EQ(murmur2("a-little-bit-longer-string"), static_cast<uint32_t>(-1486304829));
}

}  // namespace
}  // namespace sapa::shop
