#include "engine/base/hash.h"

namespace sapa {

int32_t kafka_partition(std::string_view key, int32_t partitions) {
  constexpr uint32_t m = 0x5bd1e995;
  auto length = static_cast<uint32_t>(key.size());
  uint32_t h = 0x9747b28c ^ length;
  size_t at = 0;
  for (; at + 4 <= key.size(); at += 4) {
    uint32_t k;
    std::memcpy(&k, key.data() + at, 4);
    k *= m;
    k ^= k >> 24;
    k *= m;
    h *= m;
    h ^= k;
  }
  size_t left = key.size() - at;
  if (left >= 3) h ^= static_cast<uint32_t>(static_cast<uint8_t>(key[at + 2])) << 16;
  if (left >= 2) h ^= static_cast<uint32_t>(static_cast<uint8_t>(key[at + 1])) << 8;
  if (left >= 1) {
    h ^= static_cast<uint8_t>(key[at]);
    h *= m;
  }
  h ^= h >> 13;
  h *= m;
  h ^= h >> 15;
  return static_cast<int32_t>(h & 0x7fffffff) % partitions;
}

}  // namespace sapa
