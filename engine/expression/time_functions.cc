// The calendar fields of timestamps, in UTC or a zone, and the units of durations.
#include "engine/expression/functions.h"
#include "engine/expression/time_values.h"

namespace sapa::expression::functions {
namespace {

Value field(CalendarField which, const Value& time) {
  if (time.kind == Kind::kDuration) return duration_field(which, time);
  return calendar_field(which, time, "");
}

Value field_in(EvalContext& context, CalendarField which, const Value* args) {
  if (!context.charge(8)) return context.limit_error();
  Value result = calendar_field(which, args[0], args[1].as_string());
  if (result.is_absent()) return context.error({"unknown time zone '", args[1].as_string(), "'"});
  return result;
}

}  // namespace

#define SAPA_CALENDAR_FUNCTION(name, which)                                                    \
  Value name(EvalContext&, const Value* args) { return field(CalendarField::which, args[0]); } \
  Value name##_in(EvalContext& context, const Value* args) {                                   \
    return field_in(context, CalendarField::which, args);                                      \
  }

SAPA_CALENDAR_FUNCTION(get_full_year, kFullYear)
SAPA_CALENDAR_FUNCTION(get_month, kMonth)
SAPA_CALENDAR_FUNCTION(get_date, kDate)
SAPA_CALENDAR_FUNCTION(get_day_of_month, kDayOfMonth)
SAPA_CALENDAR_FUNCTION(get_day_of_week, kDayOfWeek)
SAPA_CALENDAR_FUNCTION(get_day_of_year, kDayOfYear)
SAPA_CALENDAR_FUNCTION(get_hours, kHours)
SAPA_CALENDAR_FUNCTION(get_minutes, kMinutes)
SAPA_CALENDAR_FUNCTION(get_seconds, kSeconds)
SAPA_CALENDAR_FUNCTION(get_milliseconds, kMilliseconds)

#undef SAPA_CALENDAR_FUNCTION

}  // namespace sapa::expression::functions
