#include <gtest/gtest.h>

#include "engine/scenario/scenario_times.h"

namespace sapa::scenarios {
namespace {

Timestamp at(std::string_view text) {
  Timestamp time;
  EXPECT_TRUE(parse_rfc3339(text, time)) << text;
  return time;
}

ScenarioTimes times(std::string_view zone) {
  ScenarioTimes times;
  EXPECT_TRUE(times.set_zone(zone)) << zone;
  EXPECT_TRUE(times.set_date("2026-03-02"));
  return times;
}

TEST(ScenarioTimes, AreLocalAndShort) {
  ScenarioTimes jakarta = times("Asia/Jakarta");
  EXPECT_EQ(jakarta.read("10:00", {}), at("2026-03-02T03:00:00Z"));
  EXPECT_EQ(jakarta.read("10:00:05.250", {}), at("2026-03-02T03:00:05.250Z"));
  EXPECT_EQ(jakarta.read("03-05 10:00", {}), at("2026-03-05T03:00:00Z"));
  EXPECT_EQ(jakarta.read("2027-03-05 10:00:01", {}), at("2027-03-05T03:00:01Z"));
  EXPECT_EQ(jakarta.read("2027-03-05T10:00", {}), at("2027-03-05T03:00:00Z"));
  EXPECT_EQ(jakarta.read("2026-03-05T10:00:00Z", {}), at("2026-03-05T10:00:00Z"));
  EXPECT_EQ(jakarta.read("+1h30m", at("2026-03-05T10:00:00Z")), at("2026-03-05T11:30:00Z"));
}

TEST(ScenarioTimes, KnowOffsetsAndZones) {
  EXPECT_EQ(times("+05:30").read("10:00", {}), at("2026-03-02T04:30:00Z"));
  EXPECT_EQ(times("-03:00").read("10:00", {}), at("2026-03-02T13:00:00Z"));
  EXPECT_EQ(times("Z").read("10:00", {}), at("2026-03-02T10:00:00Z"));
  ScenarioTimes wrong;
  EXPECT_FALSE(wrong.set_zone("Mars/Olympus"));
  EXPECT_FALSE(wrong.set_zone("7"));
  EXPECT_FALSE(wrong.set_date("02-03-2026"));
  EXPECT_FALSE(wrong.set_date("2026-13-02"));
}

TEST(ScenarioTimes, FollowDaylightSaving) {
  ScenarioTimes london = times("Europe/London");
  EXPECT_EQ(london.read("2026-03-29 00:30", {}), at("2026-03-29T00:30:00Z"));
  EXPECT_EQ(london.read("2026-03-29 02:30", {}), at("2026-03-29T01:30:00Z"));
  EXPECT_EQ(london.read("2026-10-25 01:30", {}), at("2026-10-25T00:30:00Z"));  // the first of two
}

TEST(ScenarioTimes, RefuseWhatIsNoTime) {
  ScenarioTimes utc = times("UTC");
  for (const char* text : {"", "10", "10:0", "25:00", "10:00:61", "noon", "+", "+x", "2026-03-05",
                           "03-05", "13-05 10:00", "10:00Z", "10:00:05."}) {
    EXPECT_FALSE(utc.read(text, {}).has_value()) << text;
  }
}

TEST(ScenarioTimes, AreWrittenAsTheyAreRead) {
  for (const char* zone : {"Asia/Jakarta", "+05:30", "Z", "America/New_York"}) {
    ScenarioTimes local = times(zone);
    for (const char* text : {"10:00", "10:00:05", "10:00:05.250", "00:00", "2026-03-05 23:59",
                             "2027-01-01 00:00:00.001"}) {
      auto read = local.read(text, {});
      ASSERT_TRUE(read.has_value()) << text;
      EXPECT_EQ(local.write(*read), text) << zone;
    }
  }
}

}  // namespace
}  // namespace sapa::scenarios
