#include "engine/event/event.h"

#include <array>
#include <charconv>
#include <type_traits>

#include "engine/base/json.h"
#include "engine/base/same_text.h"

namespace sapa {
namespace {

constexpr std::array<std::string_view, 6> kTypeNames{"track",  "identify", "page",
                                                     "screen", "alias",    "group"};

template <typename Number>
void append_digits(Number number, std::string& out) {
  char digits[32];
  auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  std::string_view text(digits, static_cast<size_t>(end - digits));
  out += text;
  bool looks_whole = text.find_first_of(".e") == std::string_view::npos;
  if (std::is_floating_point_v<Number> && looks_whole) out += ".0";
}

/// JSON that reads back as the very same value. append_json() is CEL's mapping instead: integers
/// beyond 2^53 become text there, and 1.0 becomes 1.
void append_exact_json(const Value& value, std::string& out) {
  switch (value.kind) {
    case Kind::kInt:
      return append_digits(value.integer, out);
    case Kind::kUint:
      return append_digits(value.unsigned_integer, out);
    case Kind::kDouble:
      return append_digits(value.number, out);
    case Kind::kList:
      out += '[';
      for (uint32_t i = 0; i < value.size; ++i) {
        if (i > 0) out += ',';
        append_exact_json(value.items[i], out);
      }
      out += ']';
      return;
    case Kind::kMap:
      out += '{';
      for (uint32_t i = 0; i < value.size; ++i) {
        if (i > 0) out += ',';
        append_json_string(value.entries[i].key.as_string(), out);
        out += ':';
        append_exact_json(value.entries[i].value, out);
      }
      out += '}';
      return;
    default:
      return append_json(value, out);
  }
}

}  // namespace

std::string_view event_type_name(EventType type) { return kTypeNames[static_cast<size_t>(type)]; }

bool parse_event_type(std::string_view name, EventType& out) {
  for (size_t i = 0; i < kTypeNames.size(); ++i) {
    if (same_text(kTypeNames[i], name)) return out = static_cast<EventType>(i), true;
  }
  return false;
}

void append_segment_json(const Event& event, std::string& out) {
  out += "{\"timestamp\":\"";
  append_rfc3339(event.timestamp, out);
  out += "\",\"originalTimestamp\":";
  Value original = event.message.field("originalTimestamp");
  if (!original.is(Kind::kString)) original = event.message.field("timestamp");
  if (original.is(Kind::kString)) {
    append_json(original, out);
  } else {
    out += '"';
    append_rfc3339(event.timestamp, out);
    out += '"';
  }
  for (uint32_t i = 0; i < event.message.size; ++i) {
    const MapEntry& entry = event.message.entries[i];
    std::string_view name = entry.key.as_string();
    if (name == "timestamp" || name == "originalTimestamp") continue;
    out += ',';
    append_json_string(name, out);
    out += ':';
    append_exact_json(entry.value, out);
  }
  out += '}';
}

}  // namespace sapa
