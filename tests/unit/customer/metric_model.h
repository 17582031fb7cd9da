// A metric as its definition says it, obviously right and slow: a list of all events, gone through
// at every read.
#pragma once

#include <cmath>
#include <ctime>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/customer/metric_state.h"

namespace sapa {

class MetricModel {
 public:
  explicit MetricModel(const MetricShape& shape) : shape_(shape) {}

  void add(Timestamp time, const std::string& key, const Value& value) {
    entries_.push_back({time.ms, key, value, to_json(value)});
  }

  /// As text, so that int 3 and double 3.0 stay apart; half-lives are rounded.
  std::string read(Timestamp now, const std::string& key) const {
    std::vector<const Entry*> live;
    for (const Entry& entry : entries_) {
      if (entry.key == key && is_live(entry.time, now.ms)) live.push_back(&entry);
    }
    return value_of(live, now.ms);
  }

  std::set<std::string> live_keys(Timestamp now) const {
    std::set<std::string> keys;
    for (const Entry& entry : entries_) {
      if (is_live(entry.time, now.ms)) keys.insert(entry.key);
    }
    return keys;
  }

  /// A state's answer in the same form.
  std::string text_of(const Value& value) const {
    if (value.is_absent()) return "nothing";
    if (shape_.window.kind == WindowKind::kHalfLife) return rounded(value.as_double());
    return std::string(kind_name(value.kind)) + " " + to_json(value);
  }

 private:
  struct Entry {
    int64_t time;
    std::string key;
    Value value;  // a string's text is a constant of the test
    std::string text;
  };

  static std::string rounded(double number) {
    char text[64];
    std::snprintf(text, sizeof text, "%.6f", number);
    return text;
  }

  /// Jakarta is seven hours ahead, all year round; by gmtime.
  int64_t calendar_number(int64_t ms) const {
    auto seconds = static_cast<time_t>(ms / 1000 + 7 * 3600);
    std::tm tm;
    gmtime_r(&seconds, &tm);
    switch (shape_.window.unit) {
      case CalendarUnit::kHour:
        return seconds / 3600;
      case CalendarUnit::kDay:
        return seconds / 86'400;
      case CalendarUnit::kWeek:
        return (seconds / 86'400 + 3) / 7;
      case CalendarUnit::kMonth:
        return tm.tm_year * 12 + tm.tm_mon;
      case CalendarUnit::kYear:
        return tm.tm_year;
    }
    return 0;
  }

  bool is_live(int64_t time, int64_t now) const {
    switch (shape_.window.kind) {
      case WindowKind::kSliding:
        return now - shape_.window.length.ms < time && time <= now;
      case WindowKind::kCalendar:
        return calendar_number(time) == calendar_number(now);
      case WindowKind::kForever:
      case WindowKind::kHalfLife:
        break;
    }
    return true;
  }

  std::string value_of(const std::vector<const Entry*>& live, int64_t now) const {
    double sum = 0, low = INFINITY, high = -INFINITY, decayed = 0;
    std::set<std::string> different;
    const Entry* first = nullptr;
    const Entry* latest = nullptr;
    for (const Entry* entry : live) {
      double number = entry->value.is_number() ? entry->value.as_double() : 0;
      if (shape_.kind == MetricKind::kCount) number = 1;
      sum += number;
      low = std::min(low, number);
      high = std::max(high, number);
      decayed += number * std::pow(0.5, static_cast<double>(now - entry->time) /
                                            static_cast<double>(shape_.window.length.ms));
      different.insert(entry->text);
      if (first == nullptr || entry->time < first->time) first = entry;
      if (latest == nullptr || entry->time >= latest->time) latest = entry;
    }
    auto count = static_cast<int64_t>(live.size());
    if (shape_.window.kind == WindowKind::kHalfLife) return rounded(decayed);
    switch (shape_.kind) {
      case MetricKind::kCount:
        return text_of(Value::of_int(count));
      case MetricKind::kSum:
        return text_of(Value::of_double(sum));
      case MetricKind::kDistinct:
        return text_of(Value::of_int(static_cast<int64_t>(different.size())));
      default:
        break;
    }
    if (count == 0) return "nothing";
    switch (shape_.kind) {
      case MetricKind::kMin:
        return text_of(Value::of_double(low));
      case MetricKind::kMax:
        return text_of(Value::of_double(high));
      case MetricKind::kAverage:
        return text_of(Value::of_double(sum / static_cast<double>(count)));
      case MetricKind::kFirst:
        return text_of(first->value);
      default:
        return text_of(latest->value);
    }
  }

  MetricShape shape_;
  std::vector<Entry> entries_;
};

inline constexpr MetricKind kAllKinds[] = {
    MetricKind::kCount,   MetricKind::kSum,      MetricKind::kMin,   MetricKind::kMax,
    MetricKind::kAverage, MetricKind::kDistinct, MetricKind::kFirst, MetricKind::kLatest};

/// Every window that a metric of this kind can have.
inline std::vector<MetricWindow> windows_of(MetricKind kind) {
  std::vector<MetricWindow> windows = {
      {}, {WindowKind::kSliding, minutes(10), {}}, {WindowKind::kSliding, hours(26), {}}};
  for (auto unit : {CalendarUnit::kHour, CalendarUnit::kDay, CalendarUnit::kWeek,
                    CalendarUnit::kMonth, CalendarUnit::kYear}) {
    windows.push_back({WindowKind::kCalendar, {}, unit});
  }
  if (kind == MetricKind::kCount || kind == MetricKind::kSum) {
    windows.push_back({WindowKind::kHalfLife, hours(12), {}});
  }
  return windows;
}

/// What an expression may give for a metric of this kind; sums of quarters are exact in any order.
template <typename Random>
Value random_value(MetricKind kind, Random& random) {
  switch (kind) {
    case MetricKind::kSum:
    case MetricKind::kMin:
    case MetricKind::kMax:
    case MetricKind::kAverage:
      return random() % 2 == 0 ? Value::of_int(static_cast<int64_t>(random() % 1000) - 300)
                               : Value::of_double(static_cast<double>(random() % 4000) / 4 - 300);
    case MetricKind::kCount:
      return Value::absent();
    default:
      break;
  }
  static constexpr std::string_view kTexts[] = {"", "kitchen", "garden",
                                                "a much longer text than that", "toys"};
  switch (random() % 5) {
    case 0:
      return Value::of_string(kTexts[random() % 5]);
    case 1:
      return Value::of_bool(random() % 2 == 0);
    case 2:
      return Value::of_timestamp_ms(1'772'000'000'000 + static_cast<int64_t>(random() % 9));
    case 3:
      return Value::of_double(static_cast<double>(random() % 20) + 0.5);
    default:
      return Value::of_int(static_cast<int64_t>(random() % 10));
  }
}

inline std::string shape_name(const MetricShape& shape) {
  static constexpr const char* kKinds[] = {"count",   "sum",      "min",   "max",
                                           "average", "distinct", "first", "latest"};
  static constexpr const char* kWindows[] = {"forever", "sliding", "calendar", "half-life"};
  std::string name = std::string(kKinds[static_cast<int>(shape.kind)]) + ", " +
                     kWindows[static_cast<int>(shape.window.kind)];
  if (shape.window.kind == WindowKind::kCalendar) {
    name += " " + std::string(calendar_unit_name(shape.window.unit));
  } else if (shape.window.length.ms > 0) {
    name += " " + format_duration(shape.window.length);
  }
  return name + (shape.by_key ? ", by key" : "");
}

}  // namespace sapa
