#include "engine/base/same_text.h"

#include <vector>

#include <gtest/gtest.h>

namespace sapa {
namespace {

TEST(SameText, EveryByteOfEveryLengthCounts) {
  for (size_t length = 0; length <= 40; ++length) {
    // Vectors of exactly that size, so that reading beyond is caught.
    std::vector<char> a(length, 'a'), b(length, 'a');
    std::string_view x(a.data(), length), y(b.data(), length);
    ASSERT_TRUE(same_text(x, y)) << length;
    for (char& byte : b) {
      byte = '\x80';
      ASSERT_FALSE(same_text(x, y)) << length << " at " << &byte - b.data();
      byte = 'a';
    }
    if (length > 0) {
      EXPECT_FALSE(same_text(x, y.substr(1)));
    }
  }
}

}  // namespace
}  // namespace sapa
