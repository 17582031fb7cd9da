// Windows and limits as authors write them: "24h", "calendar month", "1 per 24h", "2 per calendar
// week", "once", "3 ever".
#include <array>
#include <charconv>

#include "engine/workspace/node_reading.h"

namespace sapa {
namespace {

constexpr std::array kUnits = {CalendarUnit::kHour, CalendarUnit::kDay, CalendarUnit::kWeek,
                               CalendarUnit::kMonth, CalendarUnit::kYear};
constexpr std::string_view kCalendar = "calendar ";
constexpr int64_t kMaxLimit = 1000;

void report_window(const Node& node, std::string_view what, std::string_view text,
                   Findings& findings) {
  for (CalendarUnit unit : kUnits) {
    if (text != calendar_unit_name(unit)) continue;
    findings.error(node, std::string(what) + ": `" + std::string(text) +
                             "` can be meant in two ways; write calendar " + std::string(text) +
                             ", or a duration such as 24h, 7d or 30d");
    return;
  }
  std::vector<std::string> windows;
  for (CalendarUnit unit : kUnits) {
    windows.push_back(std::string(kCalendar) + std::string(calendar_unit_name(unit)));
  }
  std::string nearest = findings.nearest(text, windows);
  findings.error(node,
                 std::string(what) + ": `" + std::string(text) +
                     "` is no window; write a duration such as 30m, 24h or 7d, or calendar "
                     "hour, day, week, month or year",
                 nearest);
}

std::optional<MetricWindow> parse_window(const Node& node, std::string_view what,
                                         std::string_view text, Findings& findings) {
  MetricWindow window;
  if (text.starts_with(kCalendar)) {
    window.kind = WindowKind::kCalendar;
    for (CalendarUnit unit : kUnits) {
      if (text.substr(kCalendar.size()) != calendar_unit_name(unit)) continue;
      window.unit = unit;
      return window;
    }
  } else if (Result<Duration> length = parse_duration(text); length.ok()) {
    if (length->ms > 0 && *length <= days(3660)) {
      window.kind = WindowKind::kSliding;
      window.length = *length;
      return window;
    }
    findings.error(node, std::string(what) + " must be more than nothing and at most ten years");
    return std::nullopt;
  }
  report_window(node, what, text, findings);
  return std::nullopt;
}

}  // namespace

std::optional<MetricWindow> read_window(const Node& node, std::string_view what,
                                        Findings& findings) {
  if (node.is_scalar()) return parse_window(node, what, node.text, findings);
  findings.error(node, std::string(what) + " is a window such as 24h or calendar month");
  return std::nullopt;
}

std::optional<Limit> read_limit(const Node& node, std::string_view what, Findings& findings) {
  std::string_view text = node.text;
  if (node.is_scalar() && text == "once") return Limit{1, {}};
  int64_t count = 0;
  auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  std::string_view rest = text.substr(static_cast<size_t>(at - text.data()));
  bool counted = node.is_scalar() && error == std::errc() && count >= 1 && count <= kMaxLimit;
  if (counted && rest == " ever") return Limit{static_cast<uint32_t>(count), {}};
  if (counted && rest.starts_with(" per ")) {
    auto window = parse_window(node, what, rest.substr(5), findings);
    if (!window) return std::nullopt;
    return Limit{static_cast<uint32_t>(count), *window};
  }
  findings.error(node, std::string(what) +
                           ": write a number from 1 to 1000 and a window, such as 1 per 24h or 2 "
                           "per calendar month, or once, or 3 ever");
  return std::nullopt;
}

}  // namespace sapa
