// The one source of chance in a simulated run (splitmix64): the same seed gives the same choices on
// every machine, which the standard library's distributions do not promise.
#pragma once

#include <cstdint>

namespace sapa::simulation {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// 0 … n-1. Precondition: n > 0.
  uint64_t below(uint64_t n) { return next() % n; }
  /// low … high, both included.
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(below(static_cast<uint64_t>(high - low + 1)));
  }
  bool one_in(uint64_t n) { return n > 0 && below(n) == 0; }
  /// True `permille` times in a thousand.
  bool permille(uint64_t p) { return below(1000) < p; }

 private:
  uint64_t state_;
};

}  // namespace sapa::simulation
