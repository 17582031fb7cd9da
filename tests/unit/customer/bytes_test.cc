#include "engine/customer/bytes.h"

#include <cmath>
#include <limits>
#include <memory>
#include <random>

#include <gtest/gtest.h>

namespace sapa {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Bytes, NumbersOfEveryLengthComeBack) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 50'000; ++i) {
    uint64_t n = random() >> random() % 64;
    auto s = static_cast<int64_t>(random() % 2 == 0 ? n : ~n);
    std::string bytes = written([&](ByteWriter& out) {
      out.varint(n);
      out.zigzag(s);
      out.fixed32(static_cast<uint32_t>(n));
      out.fixed64(n);
    });
    ByteReader in(bytes);
    ASSERT_EQ(in.varint(), n);
    ASSERT_EQ(in.zigzag(), s);
    ASSERT_EQ(in.fixed32(), static_cast<uint32_t>(n));
    ASSERT_EQ(in.fixed64(), n);
    ASSERT_TRUE(in.ok() && in.done());
  }
}

TEST(Bytes, DoublesComeBackBitForBit) {
  std::mt19937_64 random(2);
  auto check = [](double d) {
    std::string bytes = written([&](ByteWriter& out) { out.number(d); });
    ByteReader in(bytes);
    ASSERT_EQ(std::bit_cast<uint64_t>(in.number()), std::bit_cast<uint64_t>(d)) << d;
    ASSERT_TRUE(in.ok() && in.done());
  };
  for (double d : {0.0, -0.0, 1.0, -1.0, 0.5, 8.9e15, 9e15, -9e15, 9.1e15, 1e300, kNaN, kInfinity,
                   -kInfinity, std::numeric_limits<double>::denorm_min(), 9007199254740993.0}) {
    check(d);
  }
  for (int i = 0; i < 50'000; ++i) {
    check(std::bit_cast<double>(random()));
    check(static_cast<double>(static_cast<int64_t>(random()) >> random() % 64));
  }
}

TEST(Bytes, WholeNumbersAreShort) {
  EXPECT_EQ(written([](ByteWriter& out) { out.number(10); }).size(), 1u);
  EXPECT_EQ(written([](ByteWriter& out) { out.number(349000); }).size(), 3u);
  EXPECT_EQ(written([](ByteWriter& out) { out.number(0.25); }).size(), 9u);
}

TEST(Bytes, AReaderNeverReadsPastItsEndAndGivesZeroAfterwards) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 50'000; ++i) {
    std::string bytes(random() % 20, '\0');
    for (char& c : bytes) c = static_cast<char>(random() % 3 == 0 ? 0xFF : random());
    auto exact = std::make_unique<char[]>(bytes.size());  // so that a sanitizer sees its end
    std::memcpy(exact.get(), bytes.data(), bytes.size());
    ByteReader in({exact.get(), bytes.size()});
    for (int reads = 0; reads < 12; ++reads) {
      switch (random() % 7) {
        case 0:
          in.byte();
          break;
        case 1:
          in.varint();
          break;
        case 2:
          in.zigzag();
          break;
        case 3:
          in.fixed32();
          break;
        case 4:
          in.fixed64();
          break;
        case 5:
          in.number();
          break;
        default:
          in.text();
      }
    }
    if (in.ok()) continue;
    ASSERT_EQ(in.varint(), 0u);
    ASSERT_EQ(in.text(), "");
    ASSERT_EQ(in.count(), 0u);
    ASSERT_FALSE(in.ok());
  }
}

TEST(Bytes, CountsThatCannotFollowAreRefused) {
  std::string bytes = written([](ByteWriter& out) { out.varint(1'000'000'000); });
  ByteReader in(bytes);
  EXPECT_EQ(in.count(), 0u);
  EXPECT_FALSE(in.ok());
}

}  // namespace
}  // namespace sapa
