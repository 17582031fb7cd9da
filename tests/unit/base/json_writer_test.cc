#include <algorithm>
#include <bit>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "engine/base/json.h"

namespace sapa {
namespace {

std::string number(double d) {
  std::string out;
  append_json_number(d, out);
  return out;
}

std::string text(const Value& value) {
  std::string out;
  append_text(value, out);
  return out;
}

TEST(JsonWriter, NumbersAreShortAndReadBack) {
  EXPECT_EQ(number(1), "1");
  EXPECT_EQ(number(-5000000), "-5000000");
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(-0.0), "-0.0");
  EXPECT_EQ(number(NAN), "\"NaN\"");
  EXPECT_EQ(number(INFINITY), "\"Infinity\"");
  EXPECT_EQ(number(-INFINITY), "\"-Infinity\"");
  std::mt19937_64 random(3);
  for (int i = 0; i < 100'000; ++i) {
    double d = std::bit_cast<double>(random());
    if (!std::isfinite(d)) continue;
    ASSERT_EQ(std::strtod(number(d).c_str(), nullptr), d);
  }
}

TEST(JsonWriter, IntegersBeyondDoublesPrecisionAreTexts) {
  EXPECT_EQ(to_json(Value::of_int(9007199254740992)), "9007199254740992");
  EXPECT_EQ(to_json(Value::of_int(INT64_MAX)), "\"9223372036854775807\"");
  EXPECT_EQ(to_json(Value::of_int(INT64_MIN)), "\"-9223372036854775808\"");
  EXPECT_EQ(to_json(Value::of_uint(UINT64_MAX)), "\"18446744073709551615\"");
}

TEST(JsonWriter, EscapesWhatMustBeAndReplacesBadUtf8) {
  EXPECT_EQ(to_json(Value::of_string("a\"b\\c\n\t\x01")), R"("a\"b\\c\n\t\u0001")");
  EXPECT_EQ(to_json(Value::of_string("é😀")), "\"é😀\"");
  EXPECT_EQ(to_json(Value::of_string("\xFFz\xC3")), "\"\xEF\xBF\xBDz\xEF\xBF\xBD\"");
}

TEST(JsonWriter, OtherKindsHaveTheirForms) {
  EXPECT_EQ(to_json(Value::of_bytes(std::string_view("\0\1\2\3", 4))), "\"AAECAw==\"");
  EXPECT_EQ(to_json(Value::of_timestamp(1772420000, 120'000'000)), "\"2026-03-02T02:53:20.12Z\"");
  EXPECT_EQ(to_json(Value::of_duration(-1, -500'000'000)), "\"-1.5s\"");
  EXPECT_EQ(to_json(Value::of_optional(nullptr)), "null");
  Value one = Value::of_int(1);
  EXPECT_EQ(to_json(Value::of_optional(&one)), "1");
  MapEntry entries[] = {{Value::of_int(7), Value::of_bool(true)}};
  EXPECT_EQ(to_json(Value::of_map(entries, 1)), R"({"7":true})");
}

TEST(JsonWriter, StringsOfAnyBytesReadBackWhereTheyAreUtf8) {
  std::mt19937 random(5);
  Arena arena;
  JsonReader reader;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 20, '\0');
    for (char& c : bytes) c = static_cast<char>(random() % 4 == 0 ? random() : random() % 128);
    std::string json = to_json(Value::of_string(bytes));
    arena.reset();
    auto back = reader.read(json, arena);
    ASSERT_TRUE(back.ok()) << json;
    bool ascii = std::all_of(bytes.begin(), bytes.end(), [](char c) { return (c & 0x80) == 0; });
    if (ascii) {
      ASSERT_EQ(back->as_string(), bytes);
    }
  }
}

TEST(Text, IsWhatPeopleRead) {
  EXPECT_EQ(text(Value::of_string("a\"b")), "a\"b");
  EXPECT_EQ(text(Value::of_double(5000000)), "5000000");
  EXPECT_EQ(text(Value::of_double(0.5)), "0.5");
  EXPECT_EQ(text(Value::of_int(-3)), "-3");
  EXPECT_EQ(text(Value::of_bool(true)), "true");
  EXPECT_EQ(text(Value::null()), "");
  EXPECT_EQ(text(Value::absent()), "");
  EXPECT_EQ(text(Value::of_optional(nullptr)), "");
  EXPECT_EQ(text(Value::of_timestamp_ms(1772420000120)), "2026-03-02T02:53:20.12Z");
  EXPECT_EQ(text(Value::of_duration_ms(90'000)), "90s");
  Value items[] = {Value::of_int(1), Value::of_string("x")};
  EXPECT_EQ(text(Value::of_list(items, 2)), R"([1,"x"])");
}

}  // namespace
}  // namespace sapa
