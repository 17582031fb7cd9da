// Hashes that are the same on every machine and in every version: they go into stored state,
// trigger ids and the choice of partitions, so they may never change.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sapa {

inline uint64_t mix64(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

/// A 64-bit hash of bytes: folded multiplication over 8-byte words (the construction of wyhash),
/// little-endian.
inline uint64_t hash64(std::string_view bytes, uint64_t seed = 0) {
  static_assert(std::endian::native == std::endian::little);
  constexpr uint64_t k0 = 0x9E3779B97F4A7C15, k1 = 0xD1B54A32D192ED03, k2 = 0x8CB92BA72F3D8DD7;
  uint64_t state = mix64(seed ^ k0, bytes.size() ^ k1);
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    state = mix64(state ^ word, k1);
  }
  uint64_t tail = 0;
  if (left > 0) std::memcpy(&tail, at, left);
  return mix64(mix64(state ^ tail, k2) ^ k0, k1 ^ left);
}

/// Kafka's default partitioner for keyed records: murmur2 with the seed of
/// org.apache.kafka.common.utils.Utils.
int32_t kafka_partition(std::string_view key, int32_t partitions);

}  // namespace sapa
