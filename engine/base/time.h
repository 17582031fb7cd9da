// Points in time and spans of time as distinct types, in milliseconds, and their text forms.
// Nothing here reads a clock: time always comes in as an argument.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace sapa {

struct Duration {
  int64_t ms = 0;
  friend constexpr auto operator<=>(Duration, Duration) = default;
};

/// Milliseconds since 1970-01-01T00:00:00Z.
struct Timestamp {
  int64_t ms = 0;
  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;

  static constexpr Timestamp never() { return {std::numeric_limits<int64_t>::max()}; }
  static constexpr Timestamp beginning() { return {std::numeric_limits<int64_t>::min()}; }
};

constexpr Timestamp operator+(Timestamp t, Duration d) { return {t.ms + d.ms}; }
constexpr Timestamp operator-(Timestamp t, Duration d) { return {t.ms - d.ms}; }
constexpr Duration operator-(Timestamp a, Timestamp b) { return {a.ms - b.ms}; }

constexpr Duration milliseconds(int64_t n) { return {n}; }
constexpr Duration seconds(int64_t n) { return {n * 1000}; }
constexpr Duration minutes(int64_t n) { return {n * 60'000}; }
constexpr Duration hours(int64_t n) { return {n * 3'600'000}; }
constexpr Duration days(int64_t n) { return {n * 86'400'000}; }

/// RFC 3339 with any offset and any fraction (digits past milliseconds are cut); also a date alone
/// ("2026-03-01", midnight UTC) and "2026-03-01 10:00:00" with a space. Years 0001 to 9999.
bool parse_rfc3339(std::string_view text, Timestamp& out);

/// "2026-03-01T02:13:05.120Z", always 24 characters for years 0000 to 9999.
std::string format_rfc3339(Timestamp t);
/// Appends what format_rfc3339 gives, without allocating when `out` has room.
void append_rfc3339(Timestamp t, std::string& out);

/// A whole number and a unit, repeated: "30m", "24h", "7d", "1h30m", "500ms", "90s", "2w".
Result<Duration> parse_duration(std::string_view text);
/// The shortest form that parse_duration reads back: "30m", "1d12h".
std::string format_duration(Duration d);

}  // namespace sapa
