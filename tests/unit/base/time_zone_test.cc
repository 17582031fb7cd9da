// Calendar windows against an independent reckoning: the system's localtime_r, walked in quarters
// of an hour.
#include "engine/base/time_zone.h"

#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sapa {
namespace {

constexpr int64_t kQuarter = 15 * 60'000;

/// Local times by the C library, which reads the same database with code of its own.
class SystemZone {
 public:
  explicit SystemZone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  ~SystemZone() {
    unsetenv("TZ");
    tzset();
  }
  static std::tm local(int64_t ms) {
    auto seconds = static_cast<time_t>(ms / 1000);
    std::tm tm;
    localtime_r(&seconds, &tm);
    return tm;
  }
};

/// A number that is the same for moments of one local day, week, month or year, and differs from
/// one to the next.
int64_t calendar_number(CalendarUnit unit, int64_t ms) {
  std::tm tm = SystemZone::local(ms);
  int64_t year = tm.tm_year;
  switch (unit) {
    case CalendarUnit::kDay:
      return year * 1000 + tm.tm_yday;
    case CalendarUnit::kMonth:
      return year * 100 + tm.tm_mon;
    case CalendarUnit::kYear:
      return year;
    case CalendarUnit::kWeek: {
      std::tm date{};
      date.tm_year = tm.tm_year, date.tm_mon = tm.tm_mon, date.tm_mday = tm.tm_mday;
      int64_t days = timegm(&date) / 86'400;  // 1970-01-01 was a Thursday
      return (days + 3 - (days + 3 < 0 ? 6 : 0)) / 7;
    }
    case CalendarUnit::kHour:
      break;
  }
  return 0;
}

class CalendarWindows : public testing::TestWithParam<const char*> {};

TEST_P(CalendarWindows, AreWhatAWalkOverTheClockFinds) {
  auto zone = TimeZone::find(GetParam());
  ASSERT_TRUE(zone.has_value());
  SystemZone system(GetParam());
  std::mt19937_64 random(1);
  for (CalendarUnit unit : {CalendarUnit::kDay, CalendarUnit::kWeek, CalendarUnit::kMonth}) {
    int64_t reach = unit == CalendarUnit::kMonth ? 34 : unit == CalendarUnit::kWeek ? 9 : 3;
    for (int i = 0; i < (unit == CalendarUnit::kMonth ? 20 : 60); ++i) {
      // 2005 to 2034, on a quarter of an hour.
      int64_t t = 1'104'537'600'000 + static_cast<int64_t>(random() % 1'051'200) * kQuarter;
      int64_t start = t, end = t + kQuarter, number = calendar_number(unit, t);
      while (calendar_number(unit, start - kQuarter) == number) start -= kQuarter;
      while (calendar_number(unit, end) == number) end += kQuarter;
      ASSERT_LT(end - start, reach * 86'400'000);
      CalendarWindow window = calendar_window(*zone, unit, Timestamp{t});
      ASSERT_EQ(window.start.ms, start) << format_rfc3339(Timestamp{t}) << calendar_unit_name(unit);
      ASSERT_EQ(window.end.ms, end) << format_rfc3339(Timestamp{t}) << calendar_unit_name(unit);
      ASSERT_TRUE(window.contains(Timestamp{t}));
    }
  }
}

TEST_P(CalendarWindows, FollowEachOtherWithoutGapOrOverlap) {
  auto zone = TimeZone::find(GetParam());
  ASSERT_TRUE(zone.has_value());
  for (CalendarUnit unit : {CalendarUnit::kHour, CalendarUnit::kDay, CalendarUnit::kWeek,
                            CalendarUnit::kMonth, CalendarUnit::kYear}) {
    Timestamp at{1'767'225'600'000};  // 2026
    for (int i = 0; i < (unit == CalendarUnit::kHour ? 9000 : 400); ++i) {
      CalendarWindow window = calendar_window(*zone, unit, at);
      ASSERT_TRUE(window.contains(at)) << format_rfc3339(at) << calendar_unit_name(unit);
      ASSERT_EQ(calendar_window(*zone, unit, window.start).start, window.start);
      CalendarWindow last = calendar_window(*zone, unit, window.end - milliseconds(1));
      ASSERT_EQ(last.start, window.start) << format_rfc3339(at) << calendar_unit_name(unit);
      CalendarWindow next = calendar_window(*zone, unit, window.end);
      ASSERT_EQ(next.start, window.end) << format_rfc3339(at) << calendar_unit_name(unit);
      at = window.end;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Zones, CalendarWindows,
                         testing::Values("UTC", "Asia/Jakarta", "Europe/London", "America/New_York",
                                         "America/Sao_Paulo", "Asia/Kolkata", "Asia/Kathmandu",
                                         "Africa/Cairo", "America/Havana", "Asia/Beirut",
                                         "Pacific/Apia", "Australia/Lord_Howe"),
                         [](const auto& zone) {
                           std::string name = zone.param;
                           for (char& c : name) c = c == '/' ? '_' : c;
                           return name;
                         });

TEST(TimeZone, MonthsOfJakartaBeginAtSeventeenHundred) {
  TimeZone jakarta = *TimeZone::find("Asia/Jakarta");
  Timestamp t;
  ASSERT_TRUE(parse_rfc3339("2026-02-28T16:59:59.999Z", t));
  CalendarWindow february = calendar_window(jakarta, CalendarUnit::kMonth, t);
  EXPECT_EQ(format_rfc3339(february.start), "2026-01-31T17:00:00.000Z");
  EXPECT_EQ(format_rfc3339(february.end), "2026-02-28T17:00:00.000Z");
}

TEST(TimeZone, UnknownOrHostileNamesAreNone) {
  for (const char* name : {"", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Asia/../UTC",
                           "Asia", "Asia/Jakarta\n", "asia/jakarta x", "Asia/Jakarta/"}) {
    EXPECT_FALSE(TimeZone::find(name).has_value()) << name;
  }
  EXPECT_FALSE(TimeZone::find(std::string(100'000, 'A')).has_value());
  EXPECT_EQ(TimeZone::find("UTC"), TimeZone());
  EXPECT_EQ(TimeZone::find("Asia/Jakarta"), TimeZone::find("Asia/Jakarta"));
}

TEST(CalendarCache, GivesWhatIsNotCachedToo) {
  std::mt19937_64 random(2);
  std::vector<TimeZone> zones;
  for (const char* name : {"Asia/Jakarta", "Europe/London", "America/New_York", "Asia/Tokyo"}) {
    zones.push_back(*TimeZone::find(name));
  }
  CalendarCache cache;
  for (int i = 0; i < 20'000; ++i) {
    TimeZone zone = zones[random() % zones.size()];
    auto unit = static_cast<CalendarUnit>(random() % 5);
    Timestamp t{1'767'225'600'000 + static_cast<int64_t>(random() % 40'000'000'000)};
    CalendarWindow expected = calendar_window(zone, unit, t);
    CalendarWindow cached = cache.window(zone, unit, t);
    ASSERT_EQ(cached.start, expected.start);
    ASSERT_EQ(cached.end, expected.end);
  }
}

}  // namespace
}  // namespace sapa
