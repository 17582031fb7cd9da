#include "engine/customer/metric_state.h"

#include <algorithm>
#include <cmath>

#include "engine/base/hash.h"

namespace sapa {
namespace {

/// What the bits of a kFirst or kLatest cell are; stored, so never renumbered.
enum ValueTag : uint32_t { kTagInt, kTagDouble, kTagBool, kTagTimestamp, kTagText };

double number_of(const MetricCell& cell) { return std::bit_cast<double>(cell.bits); }
void set_number(MetricCell& cell, double number) { cell.bits = std::bit_cast<uint64_t>(number); }

bool is_value_kind(MetricKind kind) {
  return kind == MetricKind::kFirst || kind == MetricKind::kLatest;
}

/// Sliding windows of these keep a single cell per key or value: the newest.
bool keeps_newest_only(MetricKind kind) {
  return kind == MetricKind::kLatest || kind == MetricKind::kDistinct;
}

bool stores_time(const MetricShape& shape) {
  return shape.window.kind != WindowKind::kForever || is_value_kind(shape.kind) || shape.by_key;
}

/// A sliding count has one cell an event, which says nothing but its time and key.
bool stores_value(const MetricShape& shape) {
  return shape.kind != MetricKind::kCount || shape.window.kind != WindowKind::kSliding;
}

double decay(Duration age, Duration half_life) {
  return std::exp2(-static_cast<double>(age.ms) / static_cast<double>(half_life.ms));
}

uint64_t hash_of(const Value& value) {
  if (value.is_number()) {
    double number = value.as_double();
    return hash64({reinterpret_cast<const char*>(&number), sizeof number}, 1);
  }
  if (value.is(Kind::kBool)) return value.boolean ? 2 : 3;
  if (value.is(Kind::kTimestamp)) return mix64(static_cast<uint64_t>(value.as_ms()), 5);
  return hash64(value.as_string(), 4);
}

bool is_scalar(const Value& value) {
  return value.is_number() || value.is(Kind::kString) || value.is(Kind::kBool) ||
         value.is(Kind::kTimestamp);
}

/// Which cells count as of a time: worked out once per read.
class LiveCells {
 public:
  LiveCells(const MetricShape& shape, const MetricClock& at) {
    if (shape.window.kind == WindowKind::kSliding) {
      after_ = at.now.ms - shape.window.length.ms;
      up_to_ = at.now.ms;
    } else if (shape.window.kind == WindowKind::kCalendar) {
      const CalendarWindow& window = at.calendar->window(at.zone, shape.window.unit, at.now);
      after_ = window.start.ms - 1;
      up_to_ = window.end.ms - 1;
    }
  }
  bool contains(const MetricCell& cell) const { return cell.time > after_ && cell.time <= up_to_; }

 private:
  int64_t after_ = INT64_MIN;
  int64_t up_to_ = INT64_MAX;
};

}  // namespace

uint64_t MetricState::intern_text(std::string_view text) {
  for (size_t i = 0; i < texts_.size(); ++i) {
    if (texts_[i] == text) return i;
  }
  if (texts_.size() > 2 * cells_.size() + 4) drop_unused_texts();
  texts_.emplace_back(text);
  return texts_.size() - 1;
}

void MetricState::drop_unused_texts() {
  std::vector<std::string> kept;
  for (MetricCell& cell : cells_) {
    if (cell.count != kTagText) continue;
    std::string& text = texts_[cell.bits];
    auto it = std::find(kept.begin(), kept.end(), text);
    cell.bits = static_cast<uint64_t>(it - kept.begin());
    if (it == kept.end()) kept.push_back(text);
  }
  texts_ = std::move(kept);
}

bool MetricState::make_cell(const MetricShape& shape, Timestamp now, const Value& value,
                            MetricCell& cell, double& number) {
  cell.time = now.ms;
  cell.count = 1;
  number = 1;
  switch (shape.kind) {
    case MetricKind::kCount:
      return true;
    case MetricKind::kSum:
    case MetricKind::kMin:
    case MetricKind::kMax:
    case MetricKind::kAverage:
      if (!value.is_number()) return false;
      number = value.as_double();
      if (!std::isfinite(number)) return false;
      set_number(cell, number);
      return true;
    case MetricKind::kDistinct:
      if (!is_scalar(value)) return false;
      cell.bits = hash_of(value);
      return true;
    case MetricKind::kFirst:
    case MetricKind::kLatest:
      break;
  }
  switch (value.kind) {
    case Kind::kInt:
      cell.count = kTagInt, cell.bits = static_cast<uint64_t>(value.integer);
      break;
    case Kind::kUint:
    case Kind::kDouble:
      cell.count = kTagDouble, set_number(cell, value.as_double());
      break;
    case Kind::kBool:
      cell.count = kTagBool, cell.bits = value.boolean;
      break;
    case Kind::kTimestamp:
      cell.count = kTagTimestamp, cell.bits = static_cast<uint64_t>(value.as_ms());
      break;
    case Kind::kString:
      cell.count = kTagText, cell.bits = intern_text(value.as_string());
      break;
    default:
      return false;
  }
  return true;
}

bool MetricState::add(const MetricShape& shape, const MetricClock& at, std::string_view key,
                      const Value& value) {
  load(shape);
  MetricCell cell;
  double number;
  if (!make_cell(shape, at.now, value, cell, number)) return false;
  stored_ = {};
  cell.key = shape.by_key ? intern_key(shape, key) : 0;
  if (shape.window.kind == WindowKind::kSliding) {
    add_to_sliding(shape, at, cell.key, cell);
  } else {
    add_to_accumulated(shape, at, cell.key, cell, number);
  }
  return true;
}

void MetricState::add_to_sliding(const MetricShape& shape, const MetricClock&, uint32_t key,
                                 MetricCell cell) {
  if (keeps_newest_only(shape.kind)) {
    auto same = [&](const MetricCell& c) {
      return c.key == key && (shape.kind == MetricKind::kLatest || c.bits == cell.bits);
    };
    auto it = std::find_if(cells_.begin(), cells_.end(), same);
    if (it != cells_.end()) {
      if (it->time > cell.time) return;
      cells_.erase(it);
    }
  }
  auto place = cells_.end();
  while (place != cells_.begin() && std::prev(place)->time > cell.time) --place;
  cells_.insert(place, cell);
  prune_sliding(shape, Timestamp{cells_.back().time});
  if (cells_.size() > shape.max_entries) {
    truncated_until_ = std::max(truncated_until_, cells_.front().time);
    cells_.erase(cells_.begin());
  }
}

void MetricState::prune_sliding(const MetricShape& shape, Timestamp newest) {
  int64_t limit = newest.ms - shape.window.length.ms;
  size_t gone = 0;
  while (gone < cells_.size() && cells_[gone].time <= limit) ++gone;
  if (gone > 0) cells_.erase(cells_.begin(), cells_.begin() + static_cast<ptrdiff_t>(gone));
}

void MetricState::add_to_accumulated(const MetricShape& shape, const MetricClock& at, uint32_t key,
                                     const MetricCell& cell, double number) {
  LiveCells live(shape, at);
  bool calendar = shape.window.kind == WindowKind::kCalendar;
  bool distinct = shape.kind == MetricKind::kDistinct;
  int64_t window_start =
      calendar ? at.calendar->window(at.zone, shape.window.unit, at.now).start.ms : 0;
  auto same = [&](const MetricCell& c) {
    return c.key == key && live.contains(c) && (!distinct || c.bits == cell.bits);
  };
  auto it = std::find_if(cells_.begin(), cells_.end(), same);
  if (it == cells_.end()) {
    if (distinct && cells_.size() >= shape.max_entries) {
      // What an earlier calendar window holds makes room for what the present one needs.
      auto earliest = std::min_element(
          cells_.begin(), cells_.end(),
          [](const MetricCell& a, const MetricCell& b) { return a.time < b.time; });
      if (!calendar || earliest->time >= window_start) {
        truncated_until_ = INT64_MAX;
        return;
      }
      cells_.erase(earliest);
    }
    cells_.push_back(cell);
    MetricCell& added = cells_.back();
    if (calendar && !is_value_kind(shape.kind)) added.time = window_start;
    if (shape.window.kind == WindowKind::kHalfLife) set_number(added, number);
    if (!stores_time(shape)) added.time = 0;
    if (calendar) prune_calendar(key);
    return;
  }
  switch (shape.kind) {
    case MetricKind::kCount:
    case MetricKind::kSum:
      if (shape.window.kind == WindowKind::kHalfLife) {
        Duration age = at.now - Timestamp{it->time};
        if (age.ms >= 0) {
          set_number(*it, number_of(*it) * decay(age, shape.window.length) + number);
          it->time = at.now.ms;
        } else {
          set_number(*it, number_of(*it) + number * decay({-age.ms}, shape.window.length));
        }
        return;
      }
      if (shape.kind == MetricKind::kSum) set_number(*it, number_of(*it) + number);
      it->count += 1;
      break;
    case MetricKind::kAverage:
      set_number(*it, number_of(*it) + number);
      it->count += 1;
      break;
    case MetricKind::kMin:
      set_number(*it, std::min(number_of(*it), number));
      break;
    case MetricKind::kMax:
      set_number(*it, std::max(number_of(*it), number));
      break;
    case MetricKind::kDistinct:
      break;
    case MetricKind::kFirst:
      if (cell.time < it->time) it->time = cell.time, it->bits = cell.bits, it->count = cell.count;
      return;
    case MetricKind::kLatest:
      if (cell.time >= it->time) it->time = cell.time, it->bits = cell.bits, it->count = cell.count;
      return;
  }
  // Of a key without a calendar window, the time says when it was touched last.
  if (shape.by_key && !calendar) it->time = std::max(it->time, at.now.ms);
}

/// Keeps the two newest windows of a key: the current one, and one for late events.
void MetricState::prune_calendar(uint32_t key) {
  int64_t newest = INT64_MIN, second = INT64_MIN;
  for (const MetricCell& cell : cells_) {
    if (cell.key != key) continue;
    if (cell.time > newest) {
      second = newest, newest = cell.time;
    } else if (cell.time > second && cell.time < newest) {
      second = cell.time;
    }
  }
  std::erase_if(cells_, [&](const MetricCell& c) { return c.key == key && c.time < second; });
}

int MetricState::find_key(std::string_view key) const {
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i] == key) return static_cast<int>(i);
  }
  return -1;
}

uint32_t MetricState::intern_key(const MetricShape& shape, std::string_view key) {
  if (int found = find_key(key); found >= 0) return static_cast<uint32_t>(found);
  if (keys_.size() >= shape.max_keys) {
    // A key without cells goes first, else the one touched longest ago.
    std::vector<int64_t> touched(keys_.size(), INT64_MIN);
    for (const MetricCell& cell : cells_)
      touched[cell.key] = std::max(touched[cell.key], cell.time);
    auto oldest = std::min_element(touched.begin(), touched.end()) - touched.begin();
    if (touched[static_cast<size_t>(oldest)] != INT64_MIN) {
      truncated_until_ = std::max(truncated_until_, touched[static_cast<size_t>(oldest)]);
    }
    drop_key(static_cast<uint32_t>(oldest));
  }
  keys_.emplace_back(key);
  return static_cast<uint32_t>(keys_.size() - 1);
}

void MetricState::drop_key(uint32_t key) {
  std::erase_if(cells_, [&](const MetricCell& c) { return c.key == key; });
  for (MetricCell& cell : cells_) {
    if (cell.key > key) --cell.key;
  }
  keys_.erase(keys_.begin() + key);
}

Value MetricState::value_of(const MetricCell& cell) const {
  switch (cell.count) {
    case kTagInt:
      return Value::of_int(static_cast<int64_t>(cell.bits));
    case kTagDouble:
      return Value::of_double(number_of(cell));
    case kTagBool:
      return Value::of_bool(cell.bits != 0);
    case kTagTimestamp:
      return Value::of_timestamp_ms(static_cast<int64_t>(cell.bits));
    default:
      return Value::of_string(texts_[cell.bits]);
  }
}

Value MetricState::read(const MetricShape& shape, const MetricClock& at,
                        std::string_view key) const {
  load(shape);
  int wanted = shape.by_key ? find_key(key) : 0;
  LiveCells live(shape, at);
  int64_t count = 0;
  double sum = 0, low = INFINITY, high = -INFINITY;
  const MetricCell* chosen = nullptr;
  for (const MetricCell& cell : cells_) {
    if (static_cast<int>(cell.key) != wanted || !live.contains(cell)) continue;
    if (is_value_kind(shape.kind)) {
      bool latest = shape.kind == MetricKind::kLatest;
      if (!chosen || (latest ? cell.time >= chosen->time : cell.time < chosen->time))
        chosen = &cell;
      continue;
    }
    if (shape.kind == MetricKind::kDistinct) {
      ++count;
      continue;
    }
    double number = number_of(cell);
    if (shape.window.kind == WindowKind::kHalfLife) {
      number *= decay(at.now - Timestamp{cell.time}, shape.window.length);
    }
    count += cell.count;
    sum += number;
    low = std::min(low, number);
    high = std::max(high, number);
  }
  switch (shape.kind) {
    case MetricKind::kCount:
      if (shape.window.kind == WindowKind::kHalfLife) return Value::of_double(sum);
      return Value::of_int(count);
    case MetricKind::kDistinct:
      return Value::of_int(count);
    case MetricKind::kSum:
      return Value::of_double(sum);
    case MetricKind::kAverage:
      return count == 0 ? Value::absent() : Value::of_double(sum / static_cast<double>(count));
    case MetricKind::kMin:
      return count == 0 ? Value::absent() : Value::of_double(low);
    case MetricKind::kMax:
      return count == 0 ? Value::absent() : Value::of_double(high);
    case MetricKind::kFirst:
    case MetricKind::kLatest:
      return chosen ? value_of(*chosen) : Value::absent();
  }
  return Value::absent();
}

void MetricState::live_keys(const MetricShape& shape, const MetricClock& at,
                            std::vector<uint32_t>& out) const {
  load(shape);
  LiveCells live(shape, at);
  out.clear();
  std::vector<bool> seen(keys_.size());
  for (const MetricCell& cell : cells_) {
    if (live.contains(cell) && cell.key < seen.size()) seen[cell.key] = true;
  }
  for (uint32_t i = 0; i < seen.size(); ++i) {
    if (seen[i]) out.push_back(i);
  }
}

Timestamp MetricState::next_change(const MetricShape& shape, const MetricClock& at) const {
  load(shape);
  Timestamp next = Timestamp::never();
  if (shape.window.kind == WindowKind::kSliding) {
    for (const MetricCell& cell : cells_) {
      Timestamp enters{cell.time};
      Timestamp leaves = enters + shape.window.length;
      if (enters > at.now) next = std::min(next, enters);
      if (leaves > at.now) next = std::min(next, leaves);
    }
  } else if (shape.window.kind == WindowKind::kCalendar && !cells_.empty()) {
    const CalendarWindow& window = at.calendar->window(at.zone, shape.window.unit, at.now);
    auto in_window = [&](const MetricCell& c) { return window.contains(Timestamp{c.time}); };
    if (std::any_of(cells_.begin(), cells_.end(), in_window)) next = window.end;
  }
  return next;
}

void MetricState::store(const MetricShape& shape, ByteWriter& out) const {
  if (!stored_.empty()) return out.text(stored_);
  out.text_of([&] { encode(shape, out); });
}

/// Changes nothing that can be told from outside.
void MetricState::read_stored(const MetricShape& shape) const {
  auto& self = const_cast<MetricState&>(*this);
  self.loaded_ = true;
  ByteReader in(stored_);
  if (stored_.empty() || !self.decode(shape, in)) self.forget();
}

void MetricState::forget() {
  stored_ = {};
  cells_.clear();
  keys_.clear();
  texts_.clear();
  truncated_until_ = INT64_MIN;
}

bool MetricState::exact(const MetricShape& shape, Timestamp now) const {
  load(shape);
  if (shape.window.kind == WindowKind::kSliding) {
    return truncated_until_ <= now.ms - shape.window.length.ms;
  }
  return truncated_until_ == INT64_MIN;
}

void MetricState::encode_times(ByteWriter& out) const {
  int64_t base = cells_[0].time, latest = base;
  for (const MetricCell& cell : cells_) {
    base = std::min(base, cell.time);
    latest = std::max(latest, cell.time);
  }
  auto after_base = [base](int64_t time) {
    return static_cast<uint64_t>(wrapping_subtract(time, base));
  };
  const unsigned width = column_width(after_base(latest));
  out.zigzag(base);
  out.byte(static_cast<uint8_t>(width));
  out.column(cells_.size(), width, [&](size_t i) { return after_base(cells_[i].time); });
}

void MetricState::encode_value(const MetricShape& shape, const MetricCell& cell,
                               ByteWriter& out) const {
  if (shape.window.kind == WindowKind::kHalfLife) return out.number(number_of(cell));
  switch (shape.kind) {
    case MetricKind::kCount:
      out.varint(cell.count);
      break;
    case MetricKind::kMin:
    case MetricKind::kMax:
      out.number(number_of(cell));
      break;
    case MetricKind::kSum:
    case MetricKind::kAverage:
      out.number(number_of(cell));
      if (shape.window.kind != WindowKind::kSliding) out.varint(cell.count);
      break;
    case MetricKind::kDistinct:
      out.fixed64(cell.bits);
      break;
    case MetricKind::kFirst:
    case MetricKind::kLatest:
      out.byte(static_cast<uint8_t>(cell.count));
      if (cell.count == kTagDouble) {
        out.fixed64(cell.bits);
      } else if (cell.count == kTagTimestamp || cell.count == kTagInt) {
        out.zigzag(static_cast<int64_t>(cell.bits));
      } else {
        out.varint(cell.bits);
      }
  }
}

void MetricState::encode(const MetricShape& shape, ByteWriter& out) const {
  load(shape);
  bool truncated = truncated_until_ != INT64_MIN;
  out.byte(truncated);
  if (truncated) out.zigzag(truncated_until_);
  if (shape.by_key) {
    out.varint(keys_.size());
    for (const std::string& key : keys_) out.text(key);
  }
  if (is_value_kind(shape.kind)) {
    out.varint(texts_.size());
    for (const std::string& text : texts_) out.text(text);
  }
  out.varint(cells_.size());
  if (cells_.empty()) return;
  if (stores_time(shape)) encode_times(out);
  if (shape.by_key) {
    out.column(cells_.size(), column_width(keys_.size()), [&](size_t i) { return cells_[i].key; });
  }
  if (!stores_value(shape)) return;
  for (const MetricCell& cell : cells_) encode_value(shape, cell, out);
}

/// False for a value that there can't be.
bool MetricState::decode_value(const MetricShape& shape, ByteReader& in, MetricCell& cell) const {
  if (shape.window.kind == WindowKind::kHalfLife) return set_number(cell, in.number()), true;
  switch (shape.kind) {
    case MetricKind::kCount:
      cell.count = static_cast<uint32_t>(in.varint());
      break;
    case MetricKind::kMin:
    case MetricKind::kMax:
      set_number(cell, in.number());
      break;
    case MetricKind::kSum:
    case MetricKind::kAverage:
      set_number(cell, in.number());
      if (shape.window.kind != WindowKind::kSliding)
        cell.count = static_cast<uint32_t>(in.varint());
      break;
    case MetricKind::kDistinct:
      cell.bits = in.fixed64();
      break;
    case MetricKind::kFirst:
    case MetricKind::kLatest:
      cell.count = in.byte();
      if (cell.count == kTagDouble) {
        cell.bits = in.fixed64();
      } else if (cell.count == kTagTimestamp || cell.count == kTagInt) {
        cell.bits = static_cast<uint64_t>(in.zigzag());
      } else {
        cell.bits = in.varint();
        if (cell.count == kTagText && cell.bits >= texts_.size()) return false;
      }
      if (cell.count > kTagText) return false;
  }
  return true;
}

bool MetricState::decode(const MetricShape& shape, ByteReader& in) {
  loaded_ = true;
  truncated_until_ = in.byte() != 0 ? in.zigzag() : INT64_MIN;
  keys_.resize(shape.by_key ? in.count() : 0);
  for (std::string& key : keys_) key = in.text();
  texts_.resize(is_value_kind(shape.kind) ? in.count() : 0);
  for (std::string& text : texts_) text = in.text();
  const uint64_t count = in.varint();  // of cells that may take no byte at all
  if (count > kMostMetricCells) return false;
  cells_.assign(count, {.count = 1});
  if (count == 0) return in.ok();
  if (stores_time(shape)) {
    const int64_t base = in.zigzag();
    in.column(count, in.byte(), [&](size_t i, uint64_t after) {
      cells_[i].time = wrapping_add(base, static_cast<int64_t>(after));
    });
  }
  if (shape.by_key) {
    uint64_t highest = 0;
    in.column(count, column_width(keys_.size()), [&](size_t i, uint64_t key) {
      highest = std::max(highest, key);
      cells_[i].key = static_cast<uint32_t>(key);
    });
    if (highest >= keys_.size()) return false;
  }
  if (!stores_value(shape)) return in.ok();
  for (MetricCell& cell : cells_) {
    if (!decode_value(shape, in, cell)) return false;
  }
  return in.ok();
}

}  // namespace sapa
