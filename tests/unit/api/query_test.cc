#include "engine/api/query.h"

#include <set>

#include <gtest/gtest.h>

#include "engine/api/unique_id.h"

namespace sapa {
namespace {

TEST(Query, TakesATargetApart) {
  Target target;
  ASSERT_TRUE(parse_target("/v1/x%20y?a=1&b=&c&a=2&d=%2B+%26", target));
  EXPECT_EQ(target.path, "/v1/x%20y");
  EXPECT_EQ(target.parameter("a"), "1");
  EXPECT_EQ(target.parameter("b"), "");
  EXPECT_EQ(target.parameter("c"), "");
  EXPECT_EQ(target.parameter("d"), "+ &");
  EXPECT_EQ(target.parameter("e"), std::nullopt);
}

TEST(Query, RefusesBrokenEscapes) {
  Target target;
  for (std::string_view text : {"/?a=%", "/?a=%1", "/?%zz=1", "/?a=%1g"}) {
    EXPECT_FALSE(parse_target(text, target)) << text;
  }
}

TEST(UniqueId, IsAVersionFourUuidAndNeverTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    std::string id = random_uuid();
    ASSERT_EQ(id.size(), 36u);
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
    for (size_t dash : {8, 13, 18, 23}) EXPECT_EQ(id[dash], '-');
    EXPECT_TRUE(seen.insert(id).second);
  }
}

}  // namespace
}  // namespace sapa
