#include <chrono>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "engine/base/json.h"

namespace sapa {
namespace {

class JsonReaderTest : public testing::Test {
 protected:
  Value read(const std::string& text, JsonLimits limits = {}) {
    auto value = JsonReader(limits).read(text, arena_);
    EXPECT_TRUE(value.ok()) << text << ": " << value.error().message;
    return value.ok() ? *value : Value::absent();
  }
  std::string refusal(const std::string& text, JsonLimits limits = {}) {
    auto value = JsonReader(limits).read(text, arena_);
    return value.ok() ? "accepted" : value.error().message;
  }
  Arena arena_;
};

TEST_F(JsonReaderTest, IntegersTakeTheNarrowestKindThatHoldsThem) {
  EXPECT_EQ(read("9223372036854775807").integer, INT64_MAX);
  EXPECT_EQ(read("-9223372036854775808").integer, INT64_MIN);
  Value large = read("9223372036854775808");
  EXPECT_TRUE(large.is(Kind::kUint));
  EXPECT_EQ(large.unsigned_integer, 9223372036854775808u);
  EXPECT_EQ(read("18446744073709551615").unsigned_integer, UINT64_MAX);
  EXPECT_TRUE(read("1.0").is(Kind::kDouble));
  EXPECT_TRUE(read("1e2").is(Kind::kDouble));
  EXPECT_TRUE(read("-0").is(Kind::kInt));
}

TEST_F(JsonReaderTest, IntegersBeyond64BitsBecomeDoubles) {
  struct {
    const char* text;
    double number;
  } cases[] = {{"18446744073709551616", 18446744073709551616.0},
               {"-9223372036854775809", -9223372036854775809.0},
               {"123456789012345678901234567890", 1.2345678901234568e29}};
  for (const auto& c : cases) {
    Value value = read(c.text);
    ASSERT_TRUE(value.is(Kind::kDouble)) << c.text;
    EXPECT_EQ(value.number, c.number);
  }
  Value nested =
      read(R"({"a 99999999999999999999 \" 1":[1,99999999999999999999,"99999999999999999999"]})");
  Value list = nested.field("a 99999999999999999999 \" 1");
  ASSERT_EQ(list.size, 3u);
  EXPECT_EQ(list.items[0].integer, 1);
  EXPECT_EQ(list.items[1].number, 1e20);
  EXPECT_EQ(list.items[2].as_string(), "99999999999999999999");
}

TEST_F(JsonReaderTest, RefusesWhatIsNotExactlyOneValue) {
  for (const char* text : {"",         " ",
                           "1 2",      "{} {}",
                           "[1,]",     "{\"a\":1,}",
                           "nul",      "01",
                           "+1",       "1.",
                           "'a'",      "\"\x01\"",
                           "\"\xFF\"", "[",
                           "\"a",      "{1:2}",
                           "1e999",    "99999999999999999999 1",
                           "-",        "99999999999999999999999x"}) {
    EXPECT_NE(refusal(text), "accepted") << text;
  }
}

TEST_F(JsonReaderTest, AKeyThatStandsTwiceKeepsItsFirstPlaceAndItsLastValue) {
  EXPECT_EQ(to_json(read(R"({"a":1,"b":2,"a":3,"c":4,"b":5})")), R"({"a":3,"b":5,"c":4})");
}

TEST_F(JsonReaderTest, DuplicatesInLargeObjectsAreTheSame) {
  // Against a plain map, around the size from which on keys are sorted.
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> order;
    std::map<std::string, int> last;
    std::string text = "{";
    int count = 1 + static_cast<int>(random() % 60);
    for (int i = 0; i < count; ++i) {
      std::string key(1 + random() % 2, static_cast<char>('a' + random() % 20));
      if (!last.contains(key)) order.push_back(key);
      last[key] = i;
      text += (i > 0 ? ",\"" : "\"") + key + "\":" + std::to_string(i);
    }
    std::string expected = "{";
    for (const std::string& key : order) {
      expected += (expected.size() > 1 ? ",\"" : "\"") + key + "\":" + std::to_string(last[key]);
    }
    ASSERT_EQ(to_json(read(text + "}")), expected + "}");
  }
}

TEST_F(JsonReaderTest, AHundredThousandKeysCostNoMoreThanSorting) {
  std::string text = "{\"k\":0";
  for (int i = 0; i < 100'000; ++i) text += ",\"" + std::to_string(1'000'000 + i) + "\":0";
  auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(read(text + "}").size, 100'001u);
  // With a scan per key, five thousand million comparisons.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST_F(JsonReaderTest, LimitsAreExact) {
  auto nested = [](int levels) {
    return std::string(static_cast<size_t>(levels), '[') +
           std::string(static_cast<size_t>(levels), ']');
  };
  EXPECT_EQ(refusal(nested(64)), "accepted");
  EXPECT_EQ(refusal(nested(65)), "JSON is nested deeper than 64 levels");
  EXPECT_EQ(refusal(nested(200'000)), "JSON is nested deeper than 64 levels");
  EXPECT_EQ(refusal(nested(3), {2, 10}), "JSON is nested deeper than 2 levels");
  EXPECT_EQ(refusal("\"1234567890\"", {2, 10}), "accepted");
  EXPECT_EQ(refusal("\"12345678901\"", {2, 10}), "JSON holds a string longer than 10 bytes");
  EXPECT_EQ(refusal("{\"12345678901\":1}", {2, 10}), "JSON holds a string longer than 10 bytes");
}

TEST_F(JsonReaderTest, ValuesOutliveTheTextAndTheReader) {
  Value value;
  {
    std::string text = R"({"name":"caf\u00e9 \ud83d\ude00","list":["a\\b","c\/d","\u0000"]})";
    JsonReader reader;
    value = *reader.read(text, arena_);
    text.assign(text.size(), 'x');
    ASSERT_TRUE(reader.read(R"({"other":"text of the next document"})", arena_).ok());
  }
  EXPECT_EQ(value.field("name").as_string(), "café 😀");
  EXPECT_EQ(value.field("list").items[0].as_string(), "a\\b");
  EXPECT_EQ(value.field("list").items[1].as_string(), "c/d");
  EXPECT_EQ(value.field("list").items[2].as_string(), std::string_view("\0", 1));
}

TEST_F(JsonReaderTest, BytesAtRandomNeverDoHarm) {
  const std::string seeds[] = {
      R"({"type":"track","properties":{"price":349000,"list":[1,2.5e3,-7,true,null,"x\u00e9"]}})",
      R"([18446744073709551616,"\ud83d\ude00",{"a":{"a":{"a":[]}}}])"};
  std::mt19937 random(11);
  JsonReader reader;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seeds[random() % 2];
    for (uint32_t edits = 1 + random() % 4; edits > 0; --edits) {
      size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, 1 + random() % 5);
          break;
        default:
          text.insert(at, 1, "{}[]\",:0-e\\"[random() % 11]);
      }
      if (text.empty()) text = "0";
    }
    arena_.reset();
    if (auto value = reader.read(text, arena_)) {
      // What was accepted reads back as the same value.
      std::string again = to_json(*value);
      auto second = reader.read(again, arena_);
      ASSERT_TRUE(second.ok()) << again;
    }
  }
}

}  // namespace
}  // namespace sapa
