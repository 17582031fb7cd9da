#include "engine/base/time.h"

#include <ctime>
#include <random>

#include <gtest/gtest.h>

namespace sapa {
namespace {

Timestamp parse(std::string_view text) {
  Timestamp time{-1};
  EXPECT_TRUE(parse_rfc3339(text, time)) << text;
  return time;
}

bool refuses(std::string_view text) {
  Timestamp time;
  return !parse_rfc3339(text, time);
}

constexpr int64_t kYear1 = -62'135'596'800'000, kYear10000 = 253'402'300'800'000;

TEST(Rfc3339, FormatsAsTheSystemsGmtimeDoes) {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<int64_t> any(kYear1, kYear10000 - 1);
  for (int i = 0; i < 100'000; ++i) {
    int64_t ms = any(random);
    auto seconds = static_cast<time_t>(ms >= 0 ? ms / 1000 : -((-ms + 999) / 1000));
    std::tm tm;
    gmtime_r(&seconds, &tm);
    char expected[64];
    std::snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                  tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                  static_cast<int>(ms - seconds * 1000));
    ASSERT_EQ(format_rfc3339(Timestamp{ms}), expected);
  }
}

TEST(Rfc3339, ReadsBackWhatItWritesInEveryForm) {
  std::mt19937_64 random(2);
  std::uniform_int_distribution<int64_t> any(kYear1 + 86'400'000, kYear10000 - 86'400'001);
  for (int i = 0; i < 100'000; ++i) {
    Timestamp time{any(random)};
    ASSERT_EQ(parse(format_rfc3339(time)), time);
    // The same moment on a clock elsewhere, as timegm and strftime have it.
    int offset = static_cast<int>(random() % 2879) - 1439;
    std::string local = format_rfc3339(time + minutes(offset));
    char zone[16];
    std::snprintf(zone, sizeof zone, "%c%02d:%02d", offset < 0 ? '-' : '+', std::abs(offset) / 60,
                  std::abs(offset) % 60);
    ASSERT_EQ(parse(local.substr(0, 23) + zone), time) << local << zone;
    ASSERT_EQ(parse(local.substr(0, 23) + "999" + zone), time);
  }
}

TEST(Rfc3339, TheUsualShapeIsReadAsEveryOtherIs) {
  // Any text of 24 characters that ends in "Z" is the same time as with "+00:00" in its place.
  std::mt19937 random(5);
  size_t times = 0;
  for (int i = 0; i < 200'000; ++i) {
    auto number = [&random](uint32_t most) { return static_cast<int>(random() % (most + 1)); };
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", number(9999),
                  number(13), number(32), number(24), number(60), number(61), number(999));
    std::string usual(text);
    if (number(3) == 0) usual[random() % 23] = "0123456789/:.-tT Z\x80\xFF"[random() % 20];
    Timestamp time{-1}, other{-1};
    bool ok = parse_rfc3339(usual, time);
    ASSERT_EQ(ok, parse_rfc3339(usual.substr(0, 23) + "+00:00", other)) << usual;
    if (ok) {
      ASSERT_EQ(time, other) << usual;
      ++times;
    }
  }
  EXPECT_GT(times, 50'000u);
}

TEST(Rfc3339, AgreesWithStrptime) {
  std::mt19937 random(3);
  for (int i = 0; i < 50'000; ++i) {
    char text[64];
    // Days up to 31 whatever the month: both must refuse the same ones.
    int year = 1600 + static_cast<int>(random() % 900), month = 1 + static_cast<int>(random() % 12),
        day = 1 + static_cast<int>(random() % 31);
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day,
                  static_cast<int>(random() % 24), static_cast<int>(random() % 60),
                  static_cast<int>(random() % 60));
    std::tm tm{};
    ASSERT_NE(strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm), nullptr);
    int64_t seconds = timegm(&tm);
    bool exists = tm.tm_mday == day;  // timegm moves 30 February to March
    Timestamp time;
    ASSERT_EQ(parse_rfc3339(text, time), exists) << text;
    if (exists) {
      ASSERT_EQ(time.ms, seconds * 1000) << text;
    }
  }
}

TEST(Rfc3339, TakesTheFormsThatOccur) {
  int64_t noon = 1772452800000;
  EXPECT_EQ(parse("2026-03-02T12:00:00Z").ms, noon);
  EXPECT_EQ(parse("2026-03-02t12:00:00z").ms, noon);
  EXPECT_EQ(parse("2026-03-02T19:00:00+07:00").ms, noon);
  EXPECT_EQ(parse("2026-03-02T19:00:00+0700").ms, noon);
  EXPECT_EQ(parse("2026-03-02 12:00:00").ms, noon);
  EXPECT_EQ(parse("2026-03-02 12:00:00.5").ms, noon + 500);
  EXPECT_EQ(parse("2026-03-02T12:00:00.123456789Z").ms, noon + 123);
  EXPECT_EQ(parse("2026-03-02").ms, noon - 12 * 3'600'000);
  EXPECT_EQ(parse("2016-12-31T23:59:60Z").ms, parse("2017-01-01T00:00:00Z").ms);
}

TEST(Rfc3339, RefusesEverythingElse) {
  for (const char* text : {"",
                           "2026",
                           "2026-3-2",
                           "2026-03-02T",
                           "2026-03-02T12:00",
                           "2026-03-02T12:00:00",
                           "2026-03-02T12:00:00.Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01",
                           "2026-02-29",
                           "2026-03-02T24:00:00Z",
                           "2026-03-02T12:60:00Z",
                           "2026-03-02T12:00:61Z",
                           "2026-03-02T12:00:00+7",
                           "2026-03-02T12:00:00+24:00",
                           "2026-03-02T12:00:00Zx",
                           "0000-01-01",
                           "2026/03/02",
                           "2026-03-02x12:00:00Z",
                           " 2026-03-02",
                           "2026-03-02 12:00:00 "}) {
    EXPECT_TRUE(refuses(text)) << text;
  }
}

TEST(Duration, ReadsWhatItWrites) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 20'000; ++i) {
    Duration d{static_cast<int64_t>(random() >> (15 + random() % 49))};
    auto back = parse_duration(format_duration(d));
    ASSERT_TRUE(back.ok()) << format_duration(d);
    ASSERT_EQ(*back, d);
  }
  EXPECT_EQ(format_duration(minutes(90)), "1h30m");
  EXPECT_EQ(format_duration({}), "0s");
  EXPECT_EQ(*parse_duration("2w"), days(14));
}

TEST(Duration, RefusesWhatIsNone) {
  for (const char* text : {"", "5", "m", "5 m", "-5m", "5min", "1.5h", "5mm", "99999999999999d"}) {
    EXPECT_FALSE(parse_duration(text).ok()) << text;
  }
}

TEST(Duration, ALongSumDoesNotWrapRound) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "11574074d";
  EXPECT_FALSE(parse_duration(text).ok());
}

}  // namespace
}  // namespace sapa
