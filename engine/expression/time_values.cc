#include "engine/expression/time_values.h"

#include <array>
#include <charconv>
#include <cstdio>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace sapa::expression {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kFirstSecond = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr int64_t kLastSecond = 253'402'300'799;   // 9999-12-31T23:59:59Z
constexpr int64_t kLongestSeconds = INT64_MAX / kNanosPerSecond;
constexpr int64_t kLongestNanos = INT64_MAX % kNanosPerSecond;

Value timestamp_out_of_range() {
  return Value::of_error("timestamp out of range: the years 0001 to 9999");
}
Value duration_out_of_range() { return Value::of_error("duration out of range: 292 years"); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Exactly `digits` digits at the front of `text`, taken off.
bool take_number(std::string_view& text, size_t digits, int& out) {
  if (text.size() < digits) return false;
  out = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (!is_digit(text[i])) return false;
    out = out * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// ".123" → nanoseconds; digits past the ninth are refused.
bool take_fraction(std::string_view& text, int64_t& nanos) {
  nanos = 0;
  if (!take(text, ".")) return true;
  size_t digits = 0;
  int64_t unit = kNanosPerSecond / 10;
  for (; !text.empty() && is_digit(text[0]); text.remove_prefix(1), ++digits, unit /= 10) {
    if (digits == 9) return false;
    nanos += (text[0] - '0') * unit;
  }
  return digits > 0;
}

/// "+hh:mm" → seconds
bool take_offset(std::string_view& text, int& seconds) {
  bool negative = !text.empty() && text[0] == '-';
  int hours = 0, minutes = 0;
  if (!take(text, "+-") || !take_number(text, 2, hours) || !take(text, ":") ||
      !take_number(text, 2, minutes) || hours > 23 || minutes > 59) {
    return false;
  }
  seconds = (hours * 3600 + minutes * 60) * (negative ? -1 : 1);
  return true;
}

struct Unit {
  std::string_view name;
  int64_t nanos;
};
// The longer names first: "ms" is not minutes.
constexpr Unit kUnits[] = {{"ms", 1'000'000},
                           {"us", 1'000},
                           {"\u00B5s", 1'000},
                           {"\u03BCs", 1'000},
                           {"ns", 1},
                           {"h", 3600 * kNanosPerSecond},
                           {"m", 60 * kNanosPerSecond},
                           {"s", kNanosPerSecond}};

const Unit* take_unit(std::string_view& text) {
  for (const Unit& unit : kUnits) {
    if (text.substr(0, unit.name.size()) == unit.name) {
      text.remove_prefix(unit.name.size());
      return &unit;
    }
  }
  return nullptr;
}

__extension__ using Wide = __int128;

/// One number with its unit, in nanoseconds; false if malformed. Saturates far outside of the
/// range.
bool take_quantity(std::string_view& text, Wide& out) {
  Wide whole = 0, fraction = 0, scale = 1;
  size_t digits = 0;
  for (; !text.empty() && is_digit(text[0]); text.remove_prefix(1), ++digits) {
    if (whole < Wide{INT64_MAX}) whole = whole * 10 + (text[0] - '0');
  }
  if (take(text, ".")) {
    for (; !text.empty() && is_digit(text[0]); text.remove_prefix(1), ++digits) {
      if (scale < Wide{1'000'000'000'000'000}) {
        fraction = fraction * 10 + (text[0] - '0');
        scale *= 10;
      }
    }
  }
  if (digits == 0) return false;
  const Unit* unit = take_unit(text);
  if (!unit) return false;
  out = whole * unit->nanos + fraction * unit->nanos / scale;
  return true;
}

/// The zone of a name; remembered per thread, since conditions ask for the same few again and
/// again.
bool find_zone(std::string_view name, absl::TimeZone& out) {
  if (name.empty() || name == "UTC" || name == "Z") {
    out = absl::UTCTimeZone();
    return true;
  }
  std::string_view rest = name;
  int offset = 0;
  bool is_sign = name[0] == '+' || name[0] == '-';
  if (!is_sign && is_digit(name[0])) {
    std::string signed_name = "+" + std::string(name);
    rest = signed_name;
    if (!take_offset(rest, offset) || !rest.empty()) return false;
    out = absl::FixedTimeZone(offset);
    return true;
  }
  if (is_sign) {
    if (!take_offset(rest, offset) || !rest.empty()) return false;
    out = absl::FixedTimeZone(offset);
    return true;
  }
  struct Cached {
    std::string name;
    absl::TimeZone zone;
  };
  thread_local std::array<Cached, 8> cache;
  thread_local size_t next = 0;
  for (const Cached& entry : cache) {
    if (entry.name == name) {
      out = entry.zone;
      return true;
    }
  }
  // The loader takes paths too; only names of the database are meant here.
  if (name.size() > 64 || name.find("..") != std::string_view::npos) return false;
  for (char c : name) {
    bool allowed = is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' ||
                   c == '_' || c == '-' || c == '+';
    if (!allowed) return false;
  }
  if (name[0] == '/' || name.find(':') != std::string_view::npos) return false;
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(absl::string_view(name.data(), name.size()), &zone)) return false;
  cache[next] = {std::string(name), zone};
  next = (next + 1) % cache.size();
  out = zone;
  return true;
}

void append_fraction(int64_t nanos, std::string& out) {
  if (nanos == 0) return;
  char digits[16];
  std::snprintf(digits, sizeof digits, ".%09lld", static_cast<long long>(nanos));
  std::string_view text(digits);
  while (text.back() == '0') text.remove_suffix(1);
  out += text;
}

}  // namespace

Value make_timestamp(int64_t seconds, int64_t nanos) {
  int64_t carry = nanos / kNanosPerSecond;
  nanos %= kNanosPerSecond;
  if (nanos < 0) nanos += kNanosPerSecond, --carry;
  if (__builtin_add_overflow(seconds, carry, &seconds) || seconds < kFirstSecond ||
      seconds > kLastSecond) {
    return timestamp_out_of_range();
  }
  return Value::of_timestamp(seconds, static_cast<int32_t>(nanos));
}

Value make_duration(int64_t seconds, int64_t nanos) {
  int64_t carry = nanos / kNanosPerSecond;
  nanos %= kNanosPerSecond;
  if (__builtin_add_overflow(seconds, carry, &seconds)) return duration_out_of_range();
  if (seconds > 0 && nanos < 0) nanos += kNanosPerSecond, --seconds;
  if (seconds < 0 && nanos > 0) nanos -= kNanosPerSecond, ++seconds;
  int64_t length = seconds < 0 ? -(seconds + 1) : seconds;
  int64_t rest = nanos < 0 ? -nanos : nanos;
  if (seconds < 0) ++length;
  if (length > kLongestSeconds || (length == kLongestSeconds && rest > kLongestNanos)) {
    return duration_out_of_range();
  }
  return Value::of_duration(seconds, static_cast<int32_t>(nanos));
}

Value time_arithmetic(Operator op, const Value& a, const Value& b) {
  bool add = op == Operator::kAdd;
  if (!add && op != Operator::kSubtract) return Value::absent();
  if (a.kind == Kind::kTimestamp && b.kind == Kind::kTimestamp) {
    if (add) return Value::absent();
    return make_duration(a.integer - b.integer, int64_t{a.nanos()} - b.nanos());
  }
  bool b_is_duration = b.kind == Kind::kDuration;
  int64_t sign = add ? 1 : -1;
  if (a.kind == Kind::kTimestamp && b_is_duration) {
    return make_timestamp(a.integer + sign * b.integer, a.nanos() + sign * b.nanos());
  }
  if (a.kind == Kind::kDuration && b_is_duration) {
    return make_duration(a.integer + sign * b.integer, a.nanos() + sign * b.nanos());
  }
  if (a.kind == Kind::kDuration && b.kind == Kind::kTimestamp && add) {
    return make_timestamp(a.integer + b.integer, int64_t{a.nanos()} + b.nanos());
  }
  return Value::absent();
}

Value parse_timestamp(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset = 0;
  int64_t nanos = 0;
  // A year of five digits is well-formed but out of range.
  size_t year_digits = 0;
  while (year_digits < text.size() && is_digit(text[year_digits])) ++year_digits;
  if (year_digits < 4 || year_digits > 9) return Value::absent();
  if (!take_number(text, year_digits, year) || !take(text, "-") || !take_number(text, 2, month) ||
      !take(text, "-") || !take_number(text, 2, day) || !take(text, "Tt") ||
      !take_number(text, 2, hour) || !take(text, ":") || !take_number(text, 2, minute) ||
      !take(text, ":") || !take_number(text, 2, second) || !take_fraction(text, nanos)) {
    return Value::absent();
  }
  if (!take(text, "Zz") && !take_offset(text, offset)) return Value::absent();
  if (!text.empty() || hour > 23 || minute > 59 || second > 59 || month < 1 || month > 12 ||
      day < 1) {
    return Value::absent();
  }
  absl::CivilSecond civil(year, month, day, hour, minute, second);
  if (civil.day() != day || civil.month() != month) return Value::absent();
  int64_t seconds = civil - absl::CivilSecond(1970, 1, 1, 0, 0, 0);
  return make_timestamp(seconds - offset, nanos);
}

Value parse_duration_text(std::string_view text) {
  bool negative = !text.empty() && text[0] == '-';
  take(text, "+-");
  if (text == "0") return Value::of_duration(0, 0);
  if (text.empty()) return Value::absent();
  Wide total = 0;
  while (!text.empty()) {
    Wide part = 0;
    if (!take_quantity(text, part)) return Value::absent();
    total += part;
    if (total > Wide{INT64_MAX}) return duration_out_of_range();
  }
  auto nanos = static_cast<int64_t>(total) * (negative ? -1 : 1);
  return make_duration(nanos / kNanosPerSecond, nanos % kNanosPerSecond);
}

std::string timestamp_text(const Value& timestamp) {
  absl::CivilSecond civil =
      absl::ToCivilSecond(absl::FromUnixSeconds(timestamp.integer), absl::UTCTimeZone());
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", static_cast<int>(civil.year()),
                civil.month(), civil.day(), civil.hour(), civil.minute(), civil.second());
  std::string out = text;
  append_fraction(timestamp.nanos(), out);
  return out + "Z";
}

std::string duration_text(const Value& duration) {
  int64_t seconds = duration.integer;
  int64_t nanos = duration.nanos();
  bool negative = seconds < 0 || nanos < 0;
  std::string out = negative ? "-" : "";
  out += std::to_string(seconds < 0 ? 0 - static_cast<uint64_t>(seconds)
                                    : static_cast<uint64_t>(seconds));
  append_fraction(nanos < 0 ? -nanos : nanos, out);
  return out + "s";
}

Value calendar_field(CalendarField field, const Value& timestamp, std::string_view zone_name) {
  absl::TimeZone zone;
  if (!find_zone(zone_name, zone)) return Value::absent();
  absl::CivilSecond civil = absl::ToCivilSecond(absl::FromUnixSeconds(timestamp.integer), zone);
  switch (field) {
    case CalendarField::kFullYear:
      return Value::of_int(civil.year());
    case CalendarField::kMonth:
      return Value::of_int(civil.month() - 1);
    case CalendarField::kDate:
      return Value::of_int(civil.day());
    case CalendarField::kDayOfMonth:
      return Value::of_int(civil.day() - 1);
    case CalendarField::kDayOfWeek:
      // absl counts from Monday.
      return Value::of_int((static_cast<int>(absl::GetWeekday(civil)) + 1) % 7);
    case CalendarField::kDayOfYear:
      return Value::of_int(absl::GetYearDay(absl::CivilDay(civil)) - 1);
    case CalendarField::kHours:
      return Value::of_int(civil.hour());
    case CalendarField::kMinutes:
      return Value::of_int(civil.minute());
    case CalendarField::kSeconds:
      return Value::of_int(civil.second());
    case CalendarField::kMilliseconds:
      return Value::of_int(timestamp.nanos() / 1'000'000);
  }
  return Value::absent();
}

Value duration_field(CalendarField field, const Value& duration) {
  switch (field) {
    case CalendarField::kHours:
      return Value::of_int(duration.integer / 3600);
    case CalendarField::kMinutes:
      return Value::of_int(duration.integer / 60);
    case CalendarField::kSeconds:
      return Value::of_int(duration.integer);
    case CalendarField::kMilliseconds:
      return Value::of_int(duration.nanos() / 1'000'000);
    default:
      return Value::absent();
  }
}

}  // namespace sapa::expression
