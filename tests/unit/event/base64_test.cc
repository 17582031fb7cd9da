#include "engine/event/base64.h"

#include <gtest/gtest.h>

namespace sapa {
namespace {

TEST(Base64, ReadsBackWhatItWrites) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    std::string decoded;
    ASSERT_TRUE(decode_base64(encode_base64(bytes), decoded)) << i;
    EXPECT_EQ(decoded, bytes);
    bytes += static_cast<char>(i * 7);
  }
}

TEST(Base64, HasTheStandardsExamples) {
  EXPECT_EQ(encode_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(encode_base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(encode_base64("foob"), "Zm9vYg==");
}

TEST(Base64, PaddingMayBeLeftOut) {
  std::string out;
  EXPECT_TRUE(decode_base64("Zm9vYg", out));
  EXPECT_EQ(out, "foob");
}

TEST(Base64, RefusesWhatIsNone) {
  std::string out;
  for (const char* bad :
       {"Z", "Zm9vY", "Zm9v Yg==", "Zm9=Yg==", "Zh==", "Zm9v-_==", "====", "=", "Zg="}) {
    EXPECT_FALSE(decode_base64(bad, out)) << bad;
  }
}

}  // namespace
}  // namespace sapa
