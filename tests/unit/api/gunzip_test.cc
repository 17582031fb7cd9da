#include "engine/api/gunzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace sapa {
namespace {

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(Gunzip, UnpacksUpToTheLimitAndNotAByteMore) {
  for (size_t size : {size_t{0}, size_t{1}, size_t{65536}, size_t{65537}, size_t{200'000}}) {
    std::string text(size, 'x'), out;
    EXPECT_EQ(gunzip(gzip(text), size, out), Unpacked::kDone) << size;
    EXPECT_EQ(out, text);
    if (size > 0) {
      EXPECT_EQ(gunzip(gzip(text), size - 1, out), Unpacked::kTooLarge) << size;
    }
  }
}

TEST(Gunzip, StopsEarlyAtABomb) {
  std::string out;
  EXPECT_EQ(gunzip(gzip(std::string(50'000'000, '\0')), 1000, out), Unpacked::kTooLarge);
  EXPECT_LE(out.capacity(), 100'000u);
}

TEST(Gunzip, RefusesEveryCutAndWhatFollows) {
  std::string packed = gzip("some text that is long enough to be worth packing, packing, packing"),
              out;
  for (size_t length = 0; length < packed.size(); ++length) {
    EXPECT_EQ(gunzip(packed.substr(0, length), 1000, out), Unpacked::kDamaged) << length;
  }
  EXPECT_EQ(gunzip(packed + "x", 1000, out), Unpacked::kDamaged);
  packed[packed.size() - 6] ^= 1;
  EXPECT_EQ(gunzip(packed, 1000, out), Unpacked::kDamaged);
}

}  // namespace
}  // namespace sapa
