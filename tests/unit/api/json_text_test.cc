#include "engine/api/json_text.h"

#include <gtest/gtest.h>

namespace sapa {
namespace {

std::string joined(std::string_view text) {
  JsonTextReader reader;
  auto members = reader.members(text);
  if (!members.ok()) return "error";
  std::string out;
  for (const auto& member : *members)
    out.append(member.name).append("=").append(member.text).append(";");
  return out;
}

TEST(JsonText, GivesMembersAsTheyStand) {
  EXPECT_EQ(joined(R"({"a" : 1.50 , "b\u0041":"x\n" , "c":[1, 2 ],"d":{ "e":null } ,"f":true})"),
            R"(a=1.50;bA="x\n";c=[1, 2 ];d={ "e":null };f=true;)");
  EXPECT_EQ(joined(" { } "), "");
}

TEST(JsonText, ChecksTheWholeText) {
  for (std::string_view text : {"", "{", "{}x", "{\"a\":tru}", "{\"a\":[1,}", "{\"a\":{\"b\":01}}",
                                "{\"a\":1,}", "{'a':1}", "{\"a\" 1}", "{\"a\":\"\x01\"}",
                                "{\"a\":\"\xff\"}", "{} {}", "[1]", "7", "null", "\"x\""}) {
    EXPECT_EQ(joined(text), "error") << text;
  }
}

TEST(JsonText, GivesElementsAsTheyStand) {
  JsonTextReader reader;
  auto elements = reader.elements(R"([ {"a":1} , 2 ,"x", [ ] ])");
  ASSERT_TRUE(elements.ok());
  EXPECT_EQ(*elements, (std::vector<std::string_view>{"{\"a\":1}", "2", "\"x\"", "[ ]"}));
  EXPECT_TRUE(reader.elements("[]").ok());
  EXPECT_FALSE(reader.elements("{}").ok());
}

TEST(JsonText, SurvivesDeepNesting) {
  std::string deep(100'000, '[');
  EXPECT_EQ(joined("{\"a\":" + deep), "error");
  EXPECT_EQ(joined("{\"a\":" + deep + std::string(100'000, ']') + "}"), "error");
}

}  // namespace
}  // namespace sapa
