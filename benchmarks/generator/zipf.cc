#include "benchmarks/generator/zipf.h"

#include <algorithm>
#include <cassert>

namespace sapa::shop {

Zipf::Zipf(uint64_t ranks, double exponent) : ranks_(ranks), exponent_(exponent) {
  assert(ranks >= 1 && exponent > 0 && exponent != 1);
  area_low_ = area(1.5) - 1;
  area_high_ = area(static_cast<double>(ranks) + 0.5);
  sure_ = 2 - from_area(area(2.5) - density(2));
}

uint64_t Zipf::draw(Random& random) const {
  for (;;) {
    const double y = area_high_ + random.unit() * (area_low_ - area_high_);
    const double x = from_area(y);
    const auto rank = std::clamp<uint64_t>(static_cast<uint64_t>(x + 0.5), 1, ranks_);
    const auto k = static_cast<double>(rank);
    if (k - x <= sure_ || y >= area(k + 0.5) - density(k)) return rank;
  }
}

double Zipf::area(double x) const {
  return (portable_power(x, 1 - exponent_) - 1) / (1 - exponent_);
}

double Zipf::from_area(double y) const {
  return portable_power(1 + y * (1 - exponent_), 1 / (1 - exponent_));
}

}  // namespace sapa::shop
