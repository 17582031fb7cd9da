// The dynamic value that events, traits and expressions share: 16 bytes, trivially copyable, never
// owning. Strings, lists and maps point into an Arena, a constant pool or the event's own bytes,
// and live as long as that does. The kinds are those of CEL (github.com/google/cel-spec).
#pragma once

#include <cstdint>
#include <string_view>

namespace sapa {

enum class Kind : uint8_t {
  kAbsent,  ///< no value at all: an unset variable; never an element of a list or map
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kTimestamp,  ///< seconds and nanoseconds since 1970-01-01T00:00:00Z
  kDuration,   ///< seconds and nanoseconds, of one sign
  kType,       ///< a CEL type, by its name
  kList,
  kMap,       ///< entries in order of insertion
  kHostMap,   ///< a map whose entries the host computes on demand (`metrics.views[…]`)
  kOptional,  ///< CEL's optional_type; empty when `inner` is null
  kError,     ///< a failed evaluation; the text says why
};

struct Value;
struct MapEntry;

/// A map that is computed on demand. It must outlive the values that point to it.
class HostMap {
 public:
  virtual ~HostMap() = default;
  /// The value under `key`, or an absent value.
  virtual Value find(const Value& key) const = 0;
  /// Whether `key` is one of the map's; a map may have an answer for other keys, too (a count of
  /// 0).
  virtual bool contains(const Value& key) const;
  virtual uint32_t size() const = 0;
  /// The i-th key, 0 <= i < size(), in an order that is the same for equal states.
  virtual Value key_at(uint32_t i) const = 0;
};

struct Value {
  Kind kind = Kind::kAbsent;
  uint32_t size =
      0;  ///< bytes of a string, elements of a list or map, nanoseconds (signed) of a time
  union {
    bool boolean;
    int64_t integer;  ///< also the seconds of a timestamp or duration
    uint64_t unsigned_integer;
    double number;
    const char* text;
    const Value* items;
    const MapEntry* entries;
    const HostMap* host_map;
    const Value* inner;
  };

  constexpr Value() : integer(0) {}

  static constexpr Value absent() { return {}; }
  static constexpr Value null() { return with_kind(Kind::kNull); }
  static constexpr Value of_bool(bool b) {
    Value v = with_kind(Kind::kBool);
    v.boolean = b;
    return v;
  }
  static constexpr Value of_int(int64_t i) {
    Value v = with_kind(Kind::kInt);
    v.integer = i;
    return v;
  }
  static constexpr Value of_uint(uint64_t u) {
    Value v = with_kind(Kind::kUint);
    v.unsigned_integer = u;
    return v;
  }
  static constexpr Value of_double(double d) {
    Value v = with_kind(Kind::kDouble);
    v.number = d;
    return v;
  }
  static constexpr Value of_string(std::string_view s) { return of_text(Kind::kString, s); }
  static constexpr Value of_bytes(std::string_view s) { return of_text(Kind::kBytes, s); }
  static constexpr Value of_type(std::string_view name) { return of_text(Kind::kType, name); }
  static constexpr Value of_error(std::string_view why) { return of_text(Kind::kError, why); }
  static constexpr Value of_timestamp(int64_t seconds, int32_t nanos) {
    return of_time(Kind::kTimestamp, seconds, nanos);
  }
  static constexpr Value of_timestamp_ms(int64_t ms) {
    int64_t seconds = ms / 1000;
    int64_t rest = ms % 1000;
    if (rest < 0) rest += 1000, seconds -= 1;
    return of_timestamp(seconds, static_cast<int32_t>(rest * 1'000'000));
  }
  static constexpr Value of_duration(int64_t seconds, int32_t nanos) {
    return of_time(Kind::kDuration, seconds, nanos);
  }
  static constexpr Value of_duration_ms(int64_t ms) {
    return of_duration(ms / 1000, static_cast<int32_t>(ms % 1000 * 1'000'000));
  }
  static constexpr Value of_list(const Value* items, uint32_t count) {
    Value v = with_kind(Kind::kList);
    v.size = count;
    v.items = items;
    return v;
  }
  static constexpr Value of_map(const MapEntry* entries, uint32_t count) {
    Value v = with_kind(Kind::kMap);
    v.size = count;
    v.entries = entries;
    return v;
  }
  static constexpr Value of_host_map(const HostMap* map) {
    Value v = with_kind(Kind::kHostMap);
    v.host_map = map;
    return v;
  }
  /// `inner` null: optional.none().
  static constexpr Value of_optional(const Value* inner) {
    Value v = with_kind(Kind::kOptional);
    v.inner = inner;
    return v;
  }

  constexpr bool is(Kind k) const { return kind == k; }
  constexpr bool is_absent() const { return kind == Kind::kAbsent; }
  constexpr bool is_error() const { return kind == Kind::kError; }
  constexpr bool is_true() const { return kind == Kind::kBool && boolean; }
  constexpr bool is_number() const {
    return kind == Kind::kInt || kind == Kind::kUint || kind == Kind::kDouble;
  }
  /// Of a string, bytes, type or error.
  constexpr std::string_view as_string() const { return {text, size}; }
  constexpr int32_t nanos() const { return static_cast<int32_t>(size); }
  /// Of an int, uint or double.
  constexpr double as_double() const {
    if (kind == Kind::kInt) return static_cast<double>(integer);
    if (kind == Kind::kUint) return static_cast<double>(unsigned_integer);
    return number;
  }
  /// Of a timestamp or duration, cut to milliseconds towards minus infinity.
  constexpr int64_t as_ms() const {
    int64_t ms = integer * 1000 + nanos() / 1'000'000;
    return nanos() % 1'000'000 < 0 ? ms - 1 : ms;
  }

  /// The value under a string key of a map (flat or host), or absent; absent for every other kind.
  inline Value field(std::string_view key) const;

 private:
  static constexpr Value with_kind(Kind k) {
    Value v;
    v.kind = k;
    return v;
  }
  static constexpr Value of_text(Kind k, std::string_view s) {
    Value v = with_kind(k);
    v.size = static_cast<uint32_t>(s.size());
    v.text = s.data();
    return v;
  }
  static constexpr Value of_time(Kind k, int64_t seconds, int32_t nanos) {
    Value v = with_kind(k);
    v.size = static_cast<uint32_t>(nanos);
    v.integer = seconds;
    return v;
  }
};
static_assert(sizeof(Value) == 16);

struct MapEntry {
  Value key;
  Value value;
};

inline bool HostMap::contains(const Value& key) const { return !find(key).is_absent(); }

inline Value Value::field(std::string_view key) const {
  if (kind == Kind::kMap) {
    for (uint32_t i = 0; i < size; ++i) {
      const MapEntry& entry = entries[i];
      if (entry.key.size == key.size() && entry.key.kind == Kind::kString &&
          entry.key.as_string() == key) {
        return entry.value;
      }
    }
  } else if (kind == Kind::kHostMap) {
    return host_map->find(of_string(key));
  }
  return absent();
}

/// "int", "google.protobuf.Timestamp", … as CEL names them; "absent" and "error" for the rest.
std::string_view kind_name(Kind kind);

}  // namespace sapa
