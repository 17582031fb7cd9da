// JSON to values and back. Integers that fit become int (then uint), all other numbers double.
// Strings are checked as UTF-8; nesting beyond `max_depth` and documents that are not exactly one
// value are refused. A key that stands twice in an object keeps its first place and its last value,
// at a cost of n log n.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/base/result.h"
#include "engine/base/value.h"

namespace sapa {

struct JsonLimits {
  uint32_t max_depth = 64;
  uint32_t max_string_bytes = 1 << 20;
};

/// Why a document was refused.
struct JsonRefusal {
  enum class Kind : uint8_t { kMalformed, kTooDeep, kStringTooLong };
  Kind kind = Kind::kMalformed;
  std::string_view why;  ///< of kMalformed: the parser's words; a constant
};

/// Keeps its buffers between documents. A document is copied into the arena once; the strings of
/// its values stay where they stand in it, those with escapes aside. One thread.
class JsonReader {
 public:
  explicit JsonReader(JsonLimits limits = {});
  ~JsonReader();
  JsonReader(JsonReader&&) noexcept;
  JsonReader& operator=(JsonReader&&) noexcept;

  /// The value lives in `arena`; `text` may go away afterwards.
  Result<Value> read(std::string_view text, Arena& arena);
  /// The same, for callers that word the refusal themselves: true, or false and why.
  bool read(std::string_view text, Arena& arena, Value& out, JsonRefusal& refusal);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Appends `text` in quotes, escaped; invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string_view text, std::string& out);

/// Appends the value as CEL's JSON mapping has it: int and uint as numbers (as strings beyond
/// 2^53), bytes as base64, timestamps as RFC 3339, durations as "1.5s", NaN and infinities as
/// strings, a map's keys as strings, an empty optional as null, an absent value as null.
void append_json(const Value& value, std::string& out);
std::string to_json(const Value& value);

/// As people read it in texts and keys: a string as it is, whole numbers without a point, times as
/// RFC 3339, nothing for null and an empty optional, JSON for lists and maps.
void append_text(const Value& value, std::string& out);

/// Shortest text that reads back as the same double; "1.0" style is not kept: 1 prints as "1".
void append_json_number(double number, std::string& out);

}  // namespace sapa
