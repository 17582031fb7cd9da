// Equality of texts as short as names are: a few loads instead of a call of memcmp().
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace sapa {

inline bool same_text(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  auto same = [&]<typename Word>(Word x, size_t at) {
    Word y;
    std::memcpy(&x, a.data() + at, sizeof x);
    std::memcpy(&y, b.data() + at, sizeof y);
    return x == y;
  };
  // Two words that overlap cover what lies between one word's and two words' length.
  size_t size = a.size();
  if (size > 16) return std::memcmp(a.data(), b.data(), size) == 0;
  if (size >= 8) return same(uint64_t{}, 0) && same(uint64_t{}, size - 8);
  if (size >= 4) return same(uint32_t{}, 0) && same(uint32_t{}, size - 4);
  if (size >= 2) return same(uint16_t{}, 0) && same(uint16_t{}, size - 2);
  return size == 0 || a[0] == b[0];
}

}  // namespace sapa
