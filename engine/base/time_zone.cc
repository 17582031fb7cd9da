#include "engine/base/time_zone.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

namespace sapa {
namespace {

/// Every zone ever found, by index. Bounded by the number of zones in the database.
class ZoneTable {
 public:
  ZoneTable() { zones_.push_back(absl::UTCTimeZone()); }

  std::optional<uint32_t> find(const std::string& name) {
    std::lock_guard lock(mutex_);
    if (auto it = indexes_.find(name); it != indexes_.end()) return it->second;
    absl::TimeZone zone;
    if (!is_in_database(name) || !absl::LoadTimeZone(name, &zone)) return std::nullopt;
    zones_.push_back(zone);
    return indexes_[name] = static_cast<uint32_t>(zones_.size() - 1);
  }

  absl::TimeZone get(uint32_t index) {
    std::lock_guard lock(mutex_);
    return zones_[index];
  }

 private:
  static bool is_in_database(const std::string& name) {
    std::error_code error;
    return std::filesystem::is_regular_file("/usr/share/zoneinfo/" + name, error);
  }

  std::mutex mutex_;
  std::map<std::string, uint32_t> indexes_;  // State below the mutex too: zones_
  std::deque<absl::TimeZone> zones_;
};

ZoneTable& table() {
  static ZoneTable instance;
  return instance;
}

bool is_plausible(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() == '/' || name.front() == '.') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
}

/// The first instant whose local time is `civil` or later.
Timestamp first_instant(const absl::TimeZone& zone, absl::CivilSecond civil) {
  auto info = zone.At(civil);
  absl::Time t = info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre;
  return Timestamp{absl::ToUnixMillis(t)};
}

template <typename Civil>
CalendarWindow window_of(const absl::TimeZone& zone, absl::CivilSecond local) {
  Civil start(local);
  return {first_instant(zone, absl::CivilSecond(start)),
          first_instant(zone, absl::CivilSecond(start + 1))};
}

CalendarWindow week_of(const absl::TimeZone& zone, absl::CivilSecond local) {
  absl::CivilDay monday = absl::PrevWeekday(absl::CivilDay(local) + 1, absl::Weekday::monday);
  return {first_instant(zone, absl::CivilSecond(monday)),
          first_instant(zone, absl::CivilSecond(monday + 7))};
}

/// Hours are counted on the wall clock's offset, so that a repeated hour is two windows. Where the
/// clock changes within an hour, by half of one, that moment ends a window.
CalendarWindow hour_of(const absl::TimeZone& zone, absl::Time time) {
  auto info = zone.At(time);
  int64_t offset_ms = int64_t{info.offset} * 1000;
  int64_t local_ms = absl::ToUnixMillis(time) + offset_ms;
  int64_t hour = 3'600'000;
  int64_t start = local_ms - ((local_ms % hour) + hour) % hour - offset_ms;
  CalendarWindow window{Timestamp{start}, Timestamp{start + hour}};
  absl::TimeZone::CivilTransition change;
  auto moment_of_change = [&] { return Timestamp{absl::ToUnixMillis(zone.At(change.to).trans)}; };
  Timestamp t{absl::ToUnixMillis(time)};
  if (zone.PrevTransition(time + absl::Seconds(1), &change) && moment_of_change() <= t) {
    window.start = std::max(window.start, moment_of_change());
  }
  if (zone.NextTransition(time, &change)) window.end = std::min(window.end, moment_of_change());
  return window;
}

}  // namespace

std::optional<TimeZone> TimeZone::find(std::string_view name) {
  if (name == "UTC") return TimeZone();
  if (!is_plausible(name)) return std::nullopt;
  thread_local std::map<std::string, uint32_t, std::less<>> known;
  if (auto it = known.find(name); it != known.end()) return TimeZone(it->second);
  auto index = table().find(std::string(name));
  if (!index) return std::nullopt;
  known.emplace(name, *index);
  return TimeZone(*index);
}

CalendarWindow calendar_window(TimeZone zone, CalendarUnit unit, Timestamp t) {
  absl::TimeZone loaded = table().get(zone.index());
  absl::Time time = absl::FromUnixMillis(t.ms);
  absl::CivilSecond local = loaded.At(time).cs;
  switch (unit) {
    case CalendarUnit::kHour:
      return hour_of(loaded, time);
    case CalendarUnit::kDay:
      return window_of<absl::CivilDay>(loaded, local);
    case CalendarUnit::kWeek:
      return week_of(loaded, local);
    case CalendarUnit::kMonth:
      return window_of<absl::CivilMonth>(loaded, local);
    case CalendarUnit::kYear:
      return window_of<absl::CivilYear>(loaded, local);
  }
  return {t, t};
}

Timestamp from_local(TimeZone zone, Timestamp local) {
  absl::TimeZone utc = absl::UTCTimeZone();
  auto shown = utc.At(absl::FromUnixMillis(local.ms));
  Timestamp second = first_instant(table().get(zone.index()), shown.cs);
  return second + milliseconds(absl::ToInt64Milliseconds(shown.subsecond));
}

Timestamp to_local(TimeZone zone, Timestamp t) {
  auto shown = table().get(zone.index()).At(absl::FromUnixMillis(t.ms));
  return t + seconds(shown.offset);
}

const CalendarWindow& CalendarCache::window(TimeZone zone, CalendarUnit unit, Timestamp t) {
  Entry& entry = entries_[(zone.index() * 5 + static_cast<uint32_t>(unit)) % kEntries];
  if (entry.zone != zone || entry.unit != unit || !entry.window.contains(t)) {
    entry = {zone, unit, calendar_window(zone, unit, t)};
  }
  return entry.window;
}

std::string_view calendar_unit_name(CalendarUnit unit) {
  static constexpr std::string_view kNames[] = {"hour", "day", "week", "month", "year"};
  return kNames[static_cast<size_t>(unit)];
}

}  // namespace sapa
