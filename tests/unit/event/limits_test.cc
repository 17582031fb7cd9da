#include <gtest/gtest.h>

#include "tests/unit/event/decoding.h"

namespace sapa {
namespace {

std::string nested(int levels) {
  // The record is the first level, `properties` the second.
  std::string open, close;
  for (int i = 2; i < levels; ++i)
    open += i % 2 ? "{\"a\":" : "[", close = (i % 2 ? "}" : "]") + close;
  return R"({"type":"track","event":"E","userId":"u","properties":{"p":)" + open + "1" + close +
         "}}";
}

std::string track(std::string_view user, std::string_view event, std::string_view text) {
  return R"({"type":"track","userId":")" + std::string(user) + R"(","event":")" +
         std::string(event) + R"(","x":")" + std::string(text) + "\"}";
}

TEST(EventLimits, DepthIsExact) {
  EventLimits limits;
  for (uint32_t depth : {2u, 3u, 10u, 32u, 64u}) {
    limits.max_depth = depth;
    EXPECT_TRUE(Decoding(nested(static_cast<int>(depth)), {}, limits).ok) << depth;
    EXPECT_EQ(refusal_of(Decoding(nested(static_cast<int>(depth) + 1), {}, limits)),
              "too_deep: nested deeper than " + std::to_string(depth) + " levels");
  }
}

TEST(EventLimits, ACrowdOfBracketsIsTooDeep) {
  std::string record = std::string(250'000, '[') + std::string(250'000, ']');
  EXPECT_EQ(Decoding(record).refusal.code, "too_deep");
}

TEST(EventLimits, RecordSizeIsExact) {
  std::string json = track("u", "E", "x");
  EventLimits limits;
  limits.max_record_bytes = static_cast<uint32_t>(json.size());
  EXPECT_TRUE(Decoding(json, {}, limits).ok);
  limits.max_record_bytes -= 1;
  EXPECT_EQ(Decoding(json, {}, limits).refusal.code, "too_large");
}

TEST(EventLimits, StringLengthIsExactForValuesAndKeys) {
  EventLimits limits;
  limits.max_string_bytes = 20;
  EXPECT_TRUE(Decoding(track("u", "E", std::string(20, 'y')), {}, limits).ok);
  EXPECT_EQ(refusal_of(Decoding(track("u", "E", std::string(21, 'y')), {}, limits)),
            "too_large: a string is longer than 20 bytes");
  std::string key =
      R"({"type":"track","userId":"u","event":"E",")" + std::string(21, 'k') + "\":1}";
  EXPECT_EQ(Decoding(key, {}, limits).refusal.code, "too_large");
}

TEST(EventLimits, IdsAndNamesHaveTheirOwn) {
  std::string most(256, 'i'), more(257, 'i');
  EXPECT_TRUE(Decoding(track(most, most, "")).ok);
  EXPECT_EQ(refusal_of(Decoding(track(more, "E", ""))),
            "invalid_field: userId is longer than 256 bytes");
  EXPECT_EQ(refusal_of(Decoding(track("u", more, ""))),
            "invalid_field: event is longer than 256 bytes");
}

TEST(EventLimits, HoldForParsedMessagesToo) {
  JsonReader json(JsonLimits{1000, 1 << 20});
  Arena arena;
  Decoder decoder;
  Event event;
  DecodeNotes notes;
  Refusal refusal;
  auto code = [&](const std::string& text) {
    auto value = json.read(text, arena);
    EXPECT_TRUE(value.ok());
    bool ok = decoder.decode_message(*value, kReceived, true, arena, event, notes, refusal);
    return std::string(ok ? "accepted" : refusal.code);
  };
  EXPECT_EQ(code(nested(32)), "accepted");
  EXPECT_EQ(code(nested(33)), "too_deep");
  EXPECT_EQ(code(track("u", "E", std::string(70'000, 'x'))), "too_large");
}

TEST(EventLimits, AMillionKeysCostNoMoreThanSorting) {
  // With a scan per key this record would take minutes.
  std::string record = R"({"type":"track","event":"E","userId":"u","properties":{"a":0)";
  for (int i = 0; record.size() < 1'000'000; ++i)
    record += ",\"" + std::to_string(1'000'000 + i) + "\":0";
  Decoding d(record + "}}");
  ASSERT_TRUE(d.ok) << d.refusal.reason;
  EXPECT_GT(d.event.properties.size, 80'000u);
}

}  // namespace
}  // namespace sapa
