#include "engine/base/time.h"

#include <array>
#include <bit>
#include <cstring>

namespace sapa {
namespace {

// Civil-date arithmetic: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
constexpr int64_t days_from_civil(int64_t y, unsigned m, unsigned d) {
  y -= m <= 2;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const auto yoe = static_cast<unsigned>(y - era * 400);
  const unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<int64_t>(doe) - 719468;
}

struct CivilDate {
  int64_t year;
  unsigned month, day;
};

constexpr CivilDate civil_from_days(int64_t z) {
  z += 719468;
  const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const auto doe = static_cast<unsigned>(z - era * 146097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  const unsigned month = mp < 10 ? mp + 3 : mp - 9;
  return {static_cast<int64_t>(yoe) + era * 400 + (month <= 2), month,
          doy - (153 * mp + 2) / 5 + 1};
}

constexpr unsigned days_in_month(int64_t y, unsigned m) {
  constexpr std::array<unsigned, 13> kDays{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
  return m == 2 && leap ? 29 : kDays[m];
}

/// Reads exactly `count` digits; false if they are not there.
bool digits(std::string_view text, size_t at, size_t count, unsigned& out) {
  if (at + count > text.size()) return false;
  out = 0;
  for (size_t i = at; i < at + count; ++i) {
    auto digit = static_cast<unsigned>(text[i] - '0');
    if (digit > 9) return false;
    out = out * 10 + digit;
  }
  return true;
}

bool days_of(unsigned y, unsigned m, unsigned d, int64_t& days_out) {
  if (y < 1 || m < 1 || m > 12 || d < 1 || d > days_in_month(y, m)) return false;
  days_out = days_from_civil(y, m, d);
  return true;
}

bool parse_date(std::string_view text, int64_t& days_out) {
  unsigned y, m, d;
  if (!digits(text, 0, 4, y) || !digits(text, 5, 2, m) || !digits(text, 8, 2, d)) return false;
  return text[4] == '-' && text[7] == '-' && days_of(y, m, d, days_out);
}

/// Where digits and separators stand in eight characters.
struct Shape {
  /// `text` has '0' where a digit stands.
  consteval explicit Shape(const char (&text)[9]) {
    static_assert(std::endian::native == std::endian::little);
    for (int i = 0; i < 8; ++i) {
      separators |= uint64_t{static_cast<uint8_t>(text[i])} << (8 * i);
      overflow |= uint64_t{text[i] == '0' ? 0x76u : 0x7Fu} << (8 * i);
    }
  }
  uint64_t separators = 0;
  uint64_t overflow = 0;  ///< added to a digit beyond 9 or to another separator: the top bit
};

/// Eight characters of a shape.
class Digits {
 public:
  Digits(const char* text, const Shape& shape) {
    std::memcpy(&digits_, text, 8);
    digits_ ^= shape.separators;
    fit_ = ((digits_ | (digits_ + shape.overflow)) & 0x8080808080808080) == 0;
  }

  bool fit() const { return fit_; }
  unsigned digit(int at) const { return digits_ >> (8 * at) & 0xFF; }
  /// The number that the digits at `at` and behind it make.
  unsigned pair(int at) const { return digit(at) * 10 + digit(at + 1); }

 private:
  uint64_t digits_;
  bool fit_;
};

/// The shape that nearly all senders write: "2026-03-01T02:13:05.120Z". What is not of it, or not a
/// time, is for the general rules.
bool parse_usual_shape(std::string_view text, Timestamp& out) {
  static constexpr Shape kDate("0000-00-"), kDay("00T00:00"), kSecond(":00.000Z");
  Digits date(text.data(), kDate), day(text.data() + 8, kDay), second(text.data() + 16, kSecond);
  if (!date.fit() || !day.fit() || !second.fit()) return false;
  unsigned h = day.pair(3), m = day.pair(6), s = second.pair(1);
  int64_t days;
  if (h > 23 || m > 59 || s > 59) return false;
  if (!days_of(date.pair(0) * 100 + date.pair(2), date.pair(5), day.pair(0), days)) return false;
  unsigned ms = second.digit(4) * 100 + second.pair(5);
  out.ms = days * 86'400'000 + ((h * 60 + m) * 60 + s) * 1000 + ms;
  return true;
}

/// After the seconds: an optional fraction; gives milliseconds and where it ends.
bool parse_fraction(std::string_view text, size_t& at, int64_t& ms) {
  ms = 0;
  if (at >= text.size() || text[at] != '.') return true;
  size_t start = ++at;
  int64_t scale = 100;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    ms += (text[at] - '0') * scale;
    scale /= 10;
  }
  return at > start;
}

bool parse_offset(std::string_view text, size_t at, int64_t& ms) {
  if (at == text.size()) return false;
  if (text[at] == 'Z' || text[at] == 'z') return ms = 0, at + 1 == text.size();
  unsigned h, m;
  if (text[at] != '+' && text[at] != '-') return false;
  if (!digits(text, at + 1, 2, h)) return false;
  bool colon = at + 3 < text.size() && text[at + 3] == ':';
  size_t minutes_at = at + 3 + (colon ? 1 : 0);
  if (!digits(text, minutes_at, 2, m) || minutes_at + 2 != text.size()) return false;
  if (h > 23 || m > 59) return false;
  ms = (int64_t{h} * 60 + m) * 60'000 * (text[at] == '-' ? -1 : 1);
  return true;
}

struct Unit {
  std::string_view name;
  int64_t ms;
};
constexpr std::array<Unit, 6> kUnits{{{"w", 7 * 86'400'000LL},
                                      {"d", 86'400'000},
                                      {"h", 3'600'000},
                                      {"m", 60'000},
                                      {"s", 1000},
                                      {"ms", 1}}};

}  // namespace

bool parse_rfc3339(std::string_view text, Timestamp& out) {
  if (text.size() == 24 && parse_usual_shape(text, out)) return true;
  int64_t date;
  if (!parse_date(text, date)) return false;
  if (text.size() == 10) return out.ms = date * 86'400'000, true;
  unsigned h, m, s;
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return false;
  if (!digits(text, 11, 2, h) || !digits(text, 14, 2, m) || !digits(text, 17, 2, s)) return false;
  if (text[13] != ':' || text[16] != ':' || h > 23 || m > 59 || s > 60) return false;
  size_t at = 19;
  int64_t ms, offset;
  if (!parse_fraction(text, at, ms)) return false;
  if (at == text.size() && text[10] == ' ') {
    offset = 0;
  } else if (!parse_offset(text, at, offset)) {
    return false;
  }
  out.ms = date * 86'400'000 + ((int64_t{h} * 60 + m) * 60 + s) * 1000 + ms - offset;
  return true;
}

void append_rfc3339(Timestamp t, std::string& out) {
  int64_t day = t.ms / 86'400'000, rest = t.ms % 86'400'000;
  if (rest < 0) rest += 86'400'000, day -= 1;
  CivilDate date = civil_from_days(day);
  char text[] = "0000-00-00T00:00:00.000Z";
  auto put = [&text](size_t at, size_t count, int64_t number) {
    for (size_t i = count; i-- > 0; number /= 10)
      text[at + i] = static_cast<char>('0' + number % 10);
  };
  put(0, 4, date.year);
  put(5, 2, date.month);
  put(8, 2, date.day);
  put(11, 2, rest / 3'600'000);
  put(14, 2, rest / 60'000 % 60);
  put(17, 2, rest / 1000 % 60);
  put(20, 3, rest % 1000);
  out.append(text, 24);
}

std::string format_rfc3339(Timestamp t) {
  std::string out;
  append_rfc3339(t, out);
  return out;
}

Result<Duration> parse_duration(std::string_view text) {
  auto fail = [&] {
    return user_error("'" + std::string(text) +
                      "' is not a duration; write a number and a unit, such as 30m, 24h or 7d");
  };
  Duration total;
  size_t at = 0;
  if (text.empty()) return fail();
  while (at < text.size()) {
    int64_t number = 0;
    size_t start = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      number = number * 10 + (text[at] - '0');
      if (number > 1'000'000'000'000) return fail();
    }
    if (at == start) return fail();
    size_t unit_start = at;
    while (at < text.size() && text[at] >= 'a' && text[at] <= 'z') ++at;
    std::string_view name = text.substr(unit_start, at - unit_start);
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits) {
      if (candidate.name == name) unit = &candidate;
    }
    constexpr int64_t kMostMs = 1'000'000'000'000'000;
    if (unit == nullptr || number > (kMostMs - total.ms) / unit->ms) return fail();
    total.ms += number * unit->ms;
  }
  return total;
}

std::string format_duration(Duration d) {
  if (d.ms == 0) return "0s";
  std::string out;
  int64_t rest = d.ms;
  if (rest < 0) out += '-', rest = -rest;
  for (const Unit& unit : kUnits) {
    if (unit.name == "w") continue;
    if (int64_t count = rest / unit.ms; count > 0) {
      out += std::to_string(count);
      out += unit.name;
      rest %= unit.ms;
    }
  }
  return out;
}

}  // namespace sapa
