// The primitives of stored bytes: LEB128 varints, zigzag for signed numbers, length-prefixed text,
// columns of numbers of one width.
// A reader never reads past its end: after a malformed input every read gives zero and ok() is
// false.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace sapa {

/// How many bytes each number of a column takes that holds none above `largest`; 0 if all are 0.
inline unsigned column_width(uint64_t largest) {
  const auto bytes = static_cast<unsigned>(std::bit_width(largest) + 7) / 8;
  return bytes <= 4 ? bytes : bytes <= 6 ? 6 : 8;
}

/// Calls `work` with the width (as column_width gives it) as a constant; false for another.
template <typename Work>
bool with_column_width(unsigned width, Work&& work) {
  switch (width) {
    case 0:
      return work(std::integral_constant<size_t, 0>()), true;
    case 1:
      return work(std::integral_constant<size_t, 1>()), true;
    case 2:
      return work(std::integral_constant<size_t, 2>()), true;
    case 3:
      return work(std::integral_constant<size_t, 3>()), true;
    case 4:
      return work(std::integral_constant<size_t, 4>()), true;
    case 6:
      return work(std::integral_constant<size_t, 6>()), true;
    case 8:
      return work(std::integral_constant<size_t, 8>()), true;
    default:
      return false;
  }
}

/// Appends to a string, which has its final size only once the writer is gone.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out), size_(out.size()) {}
  ~ByteWriter() { out_.resize(size_); }
  ByteWriter(const ByteWriter&) = delete;
  ByteWriter& operator=(const ByteWriter&) = delete;

  [[gnu::always_inline]] void byte(uint8_t b) {
    *room(1) = static_cast<char>(b);
    ++size_;
  }
  [[gnu::always_inline]] void varint(uint64_t n) {
    char* begin = room(10);
    char* at = begin;
    while (n >= 0x80) {
      *at++ = static_cast<char>(n | 0x80);
      n >>= 7;
    }
    *at++ = static_cast<char>(n);
    size_ += static_cast<size_t>(at - begin);
  }
  void zigzag(int64_t n) { varint(static_cast<uint64_t>(n) << 1 ^ static_cast<uint64_t>(n >> 63)); }
  /// The lowest six bytes.
  void fixed48(uint64_t n) { put(&n, 6); }
  void fixed32(uint32_t n) { put(&n, 4); }
  void fixed64(uint64_t n) { put(&n, 8); }
  void text(std::string_view s) {
    varint(s.size());
    put(s.data(), s.size());
  }
  /// The lowest `width` bytes (as column_width gives it) of `count` numbers, which number(i) gives.
  template <typename Number>
  void column(size_t count, unsigned width, Number&& number) {
    with_column_width(width, [&](auto constant) {
      constexpr size_t kWidth = constant;
      char* at = room(count * kWidth);
      for (size_t i = 0; i < count; ++i) {
        const uint64_t n = number(i);
        std::memcpy(at + i * kWidth, &n, kWidth);
      }
      size_ += count * kWidth;
    });
  }
  /// What `write` appends, as text() has it.
  template <typename Write>
  void text_of(Write&& write) {
    const size_t begin = size_;
    byte(0);  // the length's place, if that is short
    write();
    const size_t length = size_ - begin - 1;
    if (length < 0x80) {
      out_[begin] = static_cast<char>(length);
      return;
    }
    std::string kept(out_, begin + 1, length);
    size_ = begin;
    text(kept);
  }
  /// A double: integral ones of up to 53 bits as a varint, the rest as 8 bytes.
  void number(double d) {
    auto whole = static_cast<int64_t>(d > -9e15 && d < 9e15 ? d : 0);
    if (std::bit_cast<uint64_t>(static_cast<double>(whole)) == std::bit_cast<uint64_t>(d)) {
      uint64_t z = static_cast<uint64_t>(whole) << 1 ^ static_cast<uint64_t>(whole >> 63);
      varint(z << 1);
    } else {
      byte(1);
      fixed64(std::bit_cast<uint64_t>(d));
    }
  }

 private:
  [[gnu::always_inline]] void put(const void* bytes, size_t count) {
    if (count == 0) return;
    std::memcpy(room(count), bytes, count);
    size_ += count;
  }
  [[gnu::always_inline]] char* room(size_t count) {
    if (out_.size() - size_ < count) [[unlikely]]
      grow(count);
    return out_.data() + size_;
  }
  [[gnu::noinline]] void grow(size_t count) { out_.resize(size_ + count + kGrowth + size_ / 2); }

  static constexpr size_t kGrowth = 256;
  std::string& out_;
  size_t size_;
};

/// What `write(ByteWriter&)` appends to nothing.
template <typename Write>
std::string written(Write&& write) {
  std::string bytes;
  {
    ByteWriter out(bytes);
    write(out);
  }
  return bytes;
}

/// Differences of stored times wrap round, as those of damaged bytes may; in times that occur
/// nothing does.
inline int64_t wrapping_add(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
inline int64_t wrapping_subtract(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  bool ok() const { return ok_; }
  bool done() const { return at_ == end_; }
  size_t left() const { return static_cast<size_t>(end_ - at_); }

  uint8_t byte() { return at_ < end_ ? static_cast<uint8_t>(*at_++) : fail(); }
  uint64_t varint() {
    if (at_ < end_ && static_cast<uint8_t>(*at_) < 0x80) return static_cast<uint8_t>(*at_++);
    uint64_t n = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      uint8_t b = byte();
      n |= static_cast<uint64_t>(b & 0x7F) << shift;
      if (b < 0x80) return n;
    }
    return fail();
  }
  int64_t zigzag() {
    uint64_t n = varint();
    return static_cast<int64_t>(n >> 1 ^ (~(n & 1) + 1));
  }
  uint64_t fixed48() { return fixed<uint64_t>(6); }
  uint32_t fixed32() { return fixed<uint32_t>(); }
  uint64_t fixed64() { return fixed<uint64_t>(); }
  std::string_view text() {
    uint64_t size = varint();
    if (size > left()) return fail(), std::string_view{};
    std::string_view s(at_, size);
    at_ += size;
    return s;
  }
  /// Of a column of `count` numbers: calls take(i, n) for each, unless they can't be there.
  template <typename Take>
  void column(size_t count, unsigned width, Take&& take) {
    const bool known = with_column_width(width, [&](auto constant) {
      constexpr size_t kWidth = constant;
      if (count * kWidth > left()) return void(fail());
      for (size_t i = 0; i < count; ++i) {
        uint64_t n = 0;
        std::memcpy(&n, at_ + i * kWidth, kWidth);
        take(i, n);
      }
      at_ += count * kWidth;
    });
    if (!known) fail();
  }
  double number() {
    uint64_t n = varint();
    if (n == 1) return std::bit_cast<double>(fixed64());
    uint64_t z = n >> 1;
    return static_cast<double>(static_cast<int64_t>(z >> 1 ^ (~(z & 1) + 1)));
  }
  /// A count of things that take at least `least_bytes` each: refused where that many can't follow.
  uint32_t count(size_t least_bytes = 1) {
    uint64_t n = varint();
    if (n > left() / least_bytes) return fail(), 0;
    return static_cast<uint32_t>(n);
  }

 private:
  template <typename T>
  T fixed(size_t bytes = sizeof(T)) {
    if (left() < bytes) return fail(), T{0};
    T n{0};
    std::memcpy(&n, at_, bytes);
    at_ += bytes;
    return n;
  }
  uint8_t fail() {
    ok_ = false;
    at_ = end_;
    return 0;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace sapa
