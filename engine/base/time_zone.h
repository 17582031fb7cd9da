// Time zones by IANA name, and the calendar windows that metrics, limits and reports count in.
// Daylight-saving changes are the IANA database's; a skipped local midnight starts at the change.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/time.h"

namespace sapa {

/// A loaded zone: small, copyable, valid for the life of the process.
class TimeZone {
 public:
  /// UTC.
  TimeZone() = default;
  /// "Asia/Jakarta"; nothing for names that the IANA database on this machine does not hold. Names
  /// are checked before the database is asked, so hostile input costs neither memory nor much time.
  /// Thread-safe.
  static std::optional<TimeZone> find(std::string_view name);

  bool operator==(const TimeZone&) const = default;
  uint32_t index() const { return index_; }

 private:
  explicit TimeZone(uint32_t index) : index_(index) {}
  uint32_t index_ = 0;
};

enum class CalendarUnit : uint8_t { kHour, kDay, kWeek, kMonth, kYear };

struct CalendarWindow {
  Timestamp start;  ///< inclusive
  Timestamp end;    ///< exclusive
  bool contains(Timestamp t) const { return start <= t && t < end; }
};

/// The hour, day, week (from Monday), month or year that `t` lies in, on the zone's wall clock.
CalendarWindow calendar_window(TimeZone zone, CalendarUnit unit, Timestamp t);

/// When the zone's wall clock shows what `local` shows in UTC: the first such moment where it does
/// twice, the change itself where it is skipped. to_local() is the way back.
Timestamp from_local(TimeZone zone, Timestamp local);
Timestamp to_local(TimeZone zone, Timestamp t);

/// Remembers the last windows asked for, so that a stream of nearby times costs a comparison. One
/// thread.
class CalendarCache {
 public:
  const CalendarWindow& window(TimeZone zone, CalendarUnit unit, Timestamp t);

 private:
  struct Entry {
    TimeZone zone;
    CalendarUnit unit = CalendarUnit::kHour;
    CalendarWindow window{Timestamp{0}, Timestamp{0}};
  };
  static constexpr size_t kEntries = 64;
  Entry entries_[kEntries];
};

std::string_view calendar_unit_name(CalendarUnit unit);

}  // namespace sapa
