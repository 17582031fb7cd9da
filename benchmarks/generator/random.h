// Randomness that is the same on every machine: a generator of our own and elementary functions
// made of IEEE basic operations, because the standard library's distributions and the C library's
// exp and log may differ in the last digit. Translation units that use it are compiled without
// contraction of floating-point expressions.
#pragma once

#include <cmath>
#include <cstdint>

namespace sapa::shop {

/// SplitMix64's finalizer: spreads the bits of a number; also used to seed and to hash.
constexpr uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

/// xoshiro256**.
class Random {
 public:
  explicit Random(uint64_t seed) {
    for (auto& word : state_) word = seed = mix(seed);
  }

  uint64_t next() {
    const uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  /// In [0, 1), in steps of 2^-53.
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  /// In [0, bound), for 0 < bound <= 2^32; uneven by less than bound / 2^32.
  uint64_t below(uint64_t bound) { return ((next() >> 32) * bound) >> 32; }

 private:
  static constexpr uint64_t rotate(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

  uint64_t state_[4];
};

constexpr double kLn2 = 0.6931471805599453;

/// The natural logarithm for finite x > 0, to about 1e-15.
inline double portable_log(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);  // in [0.5, 1)
  if (mantissa < 0.7071067811865476) {
    mantissa *= 2;
    --exponent;
  }
  // ln m = 2 atanh(t), by its series; |t| < 0.172.
  const double t = (mantissa - 1) / (mantissa + 1);
  const double t2 = t * t;
  double sum = 0;
  for (int k = 21; k >= 1; k -= 2) sum = sum * t2 + 1.0 / k;
  return 2 * t * sum + exponent * kLn2;
}

/// e to the x for |x| < 700, to about 1e-15.
inline double portable_exp(double x) {
  const double whole = std::floor(x / kLn2 + 0.5);
  const double rest = x - whole * kLn2;  // |rest| < 0.35
  double sum = 1;
  for (int k = 14; k >= 1; --k) sum = 1 + sum * rest / k;
  return std::ldexp(sum, static_cast<int>(whole));
}

inline double portable_power(double base, double exponent) {
  return portable_exp(exponent * portable_log(base));
}

/// Standard normal, by Marsaglia's polar method (one of the two numbers it gives).
inline double normal(Random& random) {
  for (;;) {
    const double u = 2 * random.unit() - 1;
    const double v = 2 * random.unit() - 1;
    const double s = u * u + v * v;
    if (s > 0 && s < 1) return u * std::sqrt(-2 * portable_log(s) / s);
  }
}

}  // namespace sapa::shop
