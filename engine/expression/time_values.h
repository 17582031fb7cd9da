// Timestamps and durations of the language: their ranges, arithmetic, texts and calendar fields.
// A timestamp lies in the years 0001 to 9999; a duration is at most 2^63 - 1 nanoseconds (292
// years) long.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/value.h"
#include "engine/expression/ast.h"

namespace sapa::expression {

/// Carries nanoseconds over into seconds; an error value outside of the range.
Value make_timestamp(int64_t seconds, int64_t nanos);
Value make_duration(int64_t seconds, int64_t nanos);

/// + and - between times; absent if there is no such operation.
Value time_arithmetic(Operator op, const Value& a, const Value& b);

/// RFC 3339 with up to nine digits of a second: "1972-01-01T10:00:20.021-05:00". Absent if
/// malformed, an error if out of range.
Value parse_timestamp(std::string_view text);
/// "1h30m", "-1.5s", "100ms": h, m, s, ms, us, ns. Absent if malformed, an error if out of range.
Value parse_duration_text(std::string_view text);

/// "2009-02-13T23:31:30.000000001Z": digits of the second only as needed.
std::string timestamp_text(const Value& timestamp);
/// "3730s", "1.5s"
std::string duration_text(const Value& duration);

enum class CalendarField : uint8_t {
  kFullYear,
  kMonth,
  kDate,
  kDayOfMonth,
  kDayOfWeek,
  kDayOfYear,
  kHours,
  kMinutes,
  kSeconds,
  kMilliseconds,
};
/// The zone is "" (UTC), an IANA name or an offset ("+02:00"); absent if there is no such zone.
Value calendar_field(CalendarField field, const Value& timestamp, std::string_view zone);
/// Hours, minutes and seconds are the whole duration in that unit; milliseconds are the part below
/// a second.
Value duration_field(CalendarField field, const Value& duration);

}  // namespace sapa::expression
