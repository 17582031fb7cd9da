// Which ids have surely not been seen: a Bloom filter, each id's bits in one cache line, so that
// asking costs one access to memory. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/hash.h"

namespace sapa {

class IdFilter {
 public:
  /// With 10 bits an id it is wrong about one id in a hundred, with 5 about one in ten.
  explicit IdFilter(size_t bytes) : lines_(bytes / sizeof(Line) + 1) {}

  /// False if the id has surely not been added before.
  bool add(std::string_view id) {
    const uint64_t hash = hash64(id);
    Line& line = lines_[(hash >> 32) * lines_.size() >> 32];
    bool all = true;
    uint64_t bits = mix64(hash, 0x9E3779B97F4A7C15);
    for (int i = 0; i < 6; ++i, bits >>= 9) {
      uint64_t& word = line.words[bits >> 6 & 7];
      const uint64_t bit = uint64_t{1} << (bits & 63);
      all = all && (word & bit) != 0;
      word |= bit;
    }
    return all;
  }

 private:
  struct alignas(64) Line {
    std::array<uint64_t, 8> words{};
  };
  std::vector<Line> lines_;
};

}  // namespace sapa
