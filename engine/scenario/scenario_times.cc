#include "engine/scenario/scenario_times.h"

#include <algorithm>

namespace sapa::scenarios {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether `text` begins as `form` has it: '0' stands for any digit, all else for itself.
bool begins_like(std::string_view text, std::string_view form) {
  if (text.size() < form.size()) return false;
  return std::equal(form.begin(), form.end(), text.begin(),
                    [](char wanted, char c) { return wanted == '0' ? is_digit(c) : wanted == c; });
}

bool is_like(std::string_view text, std::string_view form) {
  return text.size() == form.size() && begins_like(text, form);
}

/// "10:00", "10:00:05", "10:00:05.25": no zone behind it.
bool is_time_of_day(std::string_view text) {
  if (is_like(text, "00:00") || is_like(text, "00:00:00")) return true;
  if (!begins_like(text, "00:00:00.0")) return false;
  return std::all_of(text.begin() + 9, text.end(), is_digit);
}

}  // namespace

bool ScenarioTimes::set_zone(std::string_view text) {
  if (text == "Z" || text == "UTC") {
    set_zone(TimeZone());
    return true;
  }
  if (is_like(text, "+00:00") || is_like(text, "-00:00")) {
    Timestamp noon, shown;
    if (!parse_rfc3339("2026-03-02T12:00:00Z", shown)) return false;
    if (!parse_rfc3339("2026-03-02T12:00:00" + std::string(text), noon)) return false;
    offset_ = shown - noon;
    return true;
  }
  auto zone = TimeZone::find(text);
  if (zone) set_zone(*zone);
  return zone.has_value();
}

bool ScenarioTimes::set_date(std::string_view text) {
  Timestamp ignored;
  if (!is_like(text, "0000-00-00") || !parse_rfc3339(text, ignored)) return false;
  date_ = text;
  return true;
}

std::optional<Timestamp> ScenarioTimes::read(std::string_view text, Timestamp previous) const {
  if (text.starts_with('+')) {
    auto after = parse_duration(text.substr(1));
    if (!after) return std::nullopt;
    return previous + *after;
  }
  std::string date = date_;
  std::string_view time = text;
  for (std::string_view form : {"0000-00-00", "00-00"}) {
    if (!begins_like(text, form) || text.size() <= form.size()) continue;
    if (text[form.size()] != ' ' && text[form.size()] != 'T') continue;
    date.replace(date.size() - form.size(), form.size(), text.substr(0, form.size()));
    time = text.substr(form.size() + 1);
    break;
  }
  Timestamp read;
  if (!is_time_of_day(time)) {
    if (!begins_like(text, "0000-00-00T") || !parse_rfc3339(text, read)) return std::nullopt;
    return read;
  }
  std::string seconds = time.size() == 5 ? ":00" : "";
  if (!parse_rfc3339(date + "T" + std::string(time) + seconds + "Z", read)) return std::nullopt;
  return from_wall_clock(read);
}

std::string ScenarioTimes::write(Timestamp t) const {
  std::string text = format_rfc3339(to_wall_clock(t));  // 2026-03-02T10:30:00.000Z
  std::string date = text.substr(0, 10), time = text.substr(11, 12);
  if (time.ends_with(".000")) time.resize(8);
  if (time.ends_with(":00") && time.size() == 8) time.resize(5);
  return date == date_ ? time : date + " " + time;
}

Timestamp ScenarioTimes::from_wall_clock(Timestamp local) const {
  return offset_ ? local - *offset_ : from_local(zone_, local);
}

Timestamp ScenarioTimes::to_wall_clock(Timestamp t) const {
  return offset_ ? t + *offset_ : to_local(zone_, t);
}

}  // namespace sapa::scenarios
