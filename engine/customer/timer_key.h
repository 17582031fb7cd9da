// The bytes of a timer-index entry: the due time in ms as 8 bytes, big-endian with the sign bit
// flipped so that byte order is time order, then the customer's id. The value is empty.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace sapa {

inline constexpr size_t kTimerKeyPrefixBytes = 8;

inline void append_big_endian(uint64_t number, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
}

/// `bytes` holds at least 8.
inline uint64_t read_big_endian(std::string_view bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < 8; ++i) number = number << 8 | static_cast<uint8_t>(bytes[i]);
  return number;
}

inline void append_timer_key(Timestamp due, std::string_view customer_id, std::string& out) {
  append_big_endian(static_cast<uint64_t>(due.ms) ^ uint64_t{1} << 63, out);
  out.append(customer_id);
}

/// False if `key` is too short to be one.
inline bool read_timer_key(std::string_view key, Timestamp& due, std::string_view& customer_id) {
  if (key.size() < kTimerKeyPrefixBytes) return false;
  due.ms = static_cast<int64_t>(read_big_endian(key) ^ uint64_t{1} << 63);
  customer_id = key.substr(kTimerKeyPrefixBytes);
  return true;
}

}  // namespace sapa
