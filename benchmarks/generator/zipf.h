// Ranks 1..n with probability proportional to rank^-exponent, by rejection-inversion (Hörmann and
// Derflinger, 1996): no table, so that millions of ranks cost no memory, and less than 1.1 tries on
// average.
#pragma once

#include <cstdint>

#include "benchmarks/generator/random.h"

namespace sapa::shop {

class Zipf {
 public:
  /// Precondition: ranks >= 1, exponent > 0 and not 1.
  Zipf(uint64_t ranks, double exponent);

  uint64_t draw(Random& random) const;

 private:
  // The integral of x^-exponent, and its inverse.
  double area(double x) const;
  double from_area(double y) const;
  double density(double x) const { return portable_power(x, -exponent_); }

  uint64_t ranks_;
  double exponent_;
  double area_low_;   // left end of the areas drawn, so that rank 1 gets exactly its density
  double area_high_;  // right end: the area up to half a step past the last rank
  double sure_;       // a point at most this far left of its rank is accepted without a test
};

}  // namespace sapa::shop
