// A metric's state for one customer: cells, put together by the metric's shape. Pure: time and the
// customer's calendar come in as arguments. A late event goes to its own place in time; what has
// been pruned meanwhile stays gone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/time.h"
#include "engine/base/time_zone.h"
#include "engine/base/value.h"
#include "engine/customer/bytes.h"
#include "engine/customer/metric_shape.h"

namespace sapa {

/// One step of a metric: a sliding window keeps one a event, the others one per key (and calendar
/// window).
struct MetricCell {
  int64_t time = 0;  ///< sliding, kFirst, kLatest: the event's; calendar: the window's start;
                     ///< half-life: of `number`
  uint64_t bits =
      0;  ///< the number (a double's bits), a distinct value's hash, or a value by its tag
  uint32_t count = 0;  ///< how many events; for kFirst and kLatest the value's tag
  uint32_t key = 0;    ///< index into keys; 0 where the metric has no key
};

/// What a metric is read with: the time, and the customer's calendar.
struct MetricClock {
  Timestamp now;
  TimeZone zone;
  CalendarCache* calendar;
};

class MetricState {
 public:
  /// Takes in one event. `value` is ignored for kCount; a value of the wrong kind (no number for
  /// kSum …) is left out, false.
  bool add(const MetricShape& shape, const MetricClock& at, std::string_view key,
           const Value& value);

  /// The metric's value as of `at.now` for one key ("" where it has none): an int for kCount and
  /// kDistinct (double with a half-life), a double for sums and averages; absent where nothing has
  /// come (0 for counts and sums).
  Value read(const MetricShape& shape, const MetricClock& at, std::string_view key) const;

  /// Keys that have anything to say as of `at.now`, in order of first appearance.
  void live_keys(const MetricShape& shape, const MetricClock& at, std::vector<uint32_t>& out) const;
  std::string_view key_text(uint32_t key) const { return keys_[key]; }

  /// The next moment after `at.now` at which the value changes by time alone; never() if it
  /// doesn't.
  Timestamp next_change(const MetricShape& shape, const MetricClock& at) const;

  bool empty() const { return stored_.empty() && (!loaded_ || cells_.empty()); }
  /// As new; keeps its memory.
  void clear() { restore({}); }
  /// False once entries had to be dropped that a window as of `now` would still need.
  bool exact(const MetricShape& shape, Timestamp now) const;

  /// Stored form, in parts of which those are left out that the shape has no use for:
  ///   flags (1: truncated) | [truncated: zigzag time] | keys: count, text* | texts: count, text* |
  ///   cells: count; if there are any:
  ///   times: zigzag base (the earliest) | width byte | a column of what each is after the base |
  ///   keys: a column of indices, as wide as the largest that there could be needs |
  ///   values: (by shape)*
  /// where value is: kCount varint count; kMin, kMax number; kSum, kAverage number, varint count;
  /// kDistinct fixed64 hash; kFirst, kLatest tag byte, then its bits (varint; double fixed64). With
  /// a half-life: number. Counts of sliding windows are left out: each cell is one event.
  void encode(const MetricShape& shape, ByteWriter& out) const;
  bool decode(const MetricShape& shape, ByteReader& in);

  /// encode() as a text, or the bytes that restore() was given if nothing has been added since.
  void store(const MetricShape& shape, ByteWriter& out) const;
  /// Takes the bytes of an encode(), which must stay as they are until they have been stored again
  /// or the state is cleared. They are decoded when they are first needed; what can't be read then
  /// counts as nothing.
  void restore(std::string_view bytes) {
    stored_ = bytes;
    loaded_ = false;
  }

 private:
  void load(const MetricShape& shape) const {
    if (!loaded_) read_stored(shape);
  }
  void read_stored(const MetricShape& shape) const;
  void encode_times(ByteWriter& out) const;
  void encode_value(const MetricShape& shape, const MetricCell& cell, ByteWriter& out) const;
  bool decode_value(const MetricShape& shape, ByteReader& in, MetricCell& cell) const;
  uint32_t intern_key(const MetricShape& shape, std::string_view key);
  int find_key(std::string_view key) const;
  void drop_key(uint32_t key);
  void add_to_sliding(const MetricShape& shape, const MetricClock& at, uint32_t key,
                      MetricCell cell);
  void add_to_accumulated(const MetricShape& shape, const MetricClock& at, uint32_t key,
                          const MetricCell& cell, double number);
  void prune_sliding(const MetricShape& shape, Timestamp newest);
  void prune_calendar(uint32_t key);
  bool make_cell(const MetricShape& shape, Timestamp now, const Value& value, MetricCell& cell,
                 double& number);
  uint64_t intern_text(std::string_view text);
  void drop_unused_texts();
  Value value_of(const MetricCell& cell) const;

  void forget();

  std::string_view stored_;  // as long as it says the same as the rest
  bool loaded_ = false;      // the rest has been read from stored_; before that it is anything
  std::vector<MetricCell> cells_;   // by time for sliding windows
  std::vector<std::string> keys_;   // empty where the metric has no key
  std::vector<std::string> texts_;  // of kFirst and kLatest
  int64_t truncated_until_ = INT64_MIN;
};

}  // namespace sapa
