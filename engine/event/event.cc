#include "engine/event/event.h"

#include <array>

#include "engine/base/json.h"

namespace sapa {
namespace {

constexpr std::array<std::string_view, 6> kTypeNames{"track",  "identify", "page",
                                                     "screen", "alias",    "group"};

}  // namespace

std::string_view event_type_name(EventType type) { return kTypeNames[static_cast<size_t>(type)]; }

bool parse_event_type(std::string_view name, EventType& out) {
  for (size_t i = 0; i < kTypeNames.size(); ++i) {
    if (kTypeNames[i] == name) return out = static_cast<EventType>(i), true;
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
    append_json(entry.value, out);
  }
  out += '}';
}

}  // namespace sapa
