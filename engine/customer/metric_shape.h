// What a metric's state looks like, as far as keeping it needs to know: how values are put
// together, over which window, and how much may be held. The expressions that feed it belong to the
// workspace.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/time.h"
#include "engine/base/time_zone.h"

namespace sapa {

enum class MetricKind : uint8_t {
  kCount,
  kSum,
  kMin,
  kMax,
  kAverage,
  kDistinct,  ///< how many different values
  kFirst,     ///< the earliest value by event time
  kLatest,    ///< the latest value by event time
};

enum class WindowKind : uint8_t {
  kForever,
  kSliding,   ///< (t - length, t]
  kCalendar,  ///< the hour, day, week, month or year that t lies in, in the customer's time zone
  kHalfLife,  ///< for ever, but every value counts half after `length`: kCount and kSum only
};

struct MetricWindow {
  WindowKind kind = WindowKind::kForever;
  Duration length;                         ///< kSliding, kHalfLife
  CalendarUnit unit = CalendarUnit::kDay;  ///< kCalendar
  bool operator==(const MetricWindow&) const = default;
};

/// More than any shape allows one customer's metric to hold.
inline constexpr uint32_t kMostMetricCells = 1 << 16;

struct MetricShape {
  MetricKind kind = MetricKind::kCount;
  MetricWindow window;
  bool by_key = false;
  /// Bounds per customer. Sliding windows keep one entry per event (kFirst, kLatest, kMin, kMax
  /// fewer) and are exact up to max_entries; beyond, the oldest go and the metric says so.
  /// kDistinct keeps up to max_entries values. By key, the key touched longest ago goes when there
  /// are more than max_keys.
  uint32_t max_entries = 256;
  uint32_t max_keys = 64;
  bool operator==(const MetricShape&) const = default;
};

}  // namespace sapa
