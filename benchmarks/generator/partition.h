// Which partition of a topic Kafka's Java client gives a key: its default partitioner's hash.
#pragma once

#include <cstdint>
#include <string_view>

namespace sapa::shop {

/// 32-bit Murmur2 with the seed that Kafka's Java client uses.
inline uint32_t murmur2(std::string_view data) {
  constexpr uint32_t kFactor = 0x5BD1E995;
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(data[i])); };
  uint32_t hash = 0x9747B28C ^ static_cast<uint32_t>(data.size());
  size_t at = 0;
  for (; at + 4 <= data.size(); at += 4) {
    uint32_t word = byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24;
    word *= kFactor;
    word = (word ^ word >> 24) * kFactor;
    hash = hash * kFactor ^ word;
  }
  if (at < data.size()) {
    uint32_t word = 0;
    for (size_t i = data.size(); i > at; --i) word = word << 8 | byte(i - 1);
    hash = (hash ^ word) * kFactor;
  }
  hash = (hash ^ hash >> 13) * kFactor;
  return hash ^ hash >> 15;
}

inline uint32_t partition_of(std::string_view key, uint32_t partitions) {
  return (murmur2(key) & 0x7FFFFFFF) % partitions;
}

}  // namespace sapa::shop
