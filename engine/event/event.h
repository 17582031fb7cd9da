// A checked event: what the engine knows of one record after decoding. Everything it points to
// lives in the arena that it was decoded into.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/time.h"
#include "engine/base/value.h"

namespace sapa {

enum class EventType : uint8_t { kTrack, kIdentify, kPage, kScreen, kAlias, kGroup };

/// "track", "identify", …
std::string_view event_type_name(EventType type);
bool parse_event_type(std::string_view name, EventType& out);

struct Event {
  EventType type = EventType::kTrack;
  /// The event's name. For page and screen calls, which Segment names by `name`: "Page Viewed" and
  /// "Screen Viewed", with the page's name in `properties.name`. For identify: "Identified"; alias:
  /// "Aliased"; group: "Grouped".
  std::string_view name;
  std::string_view user_id;  ///< may be empty if anonymous_id is not
  std::string_view anonymous_id;
  std::string_view
      message_id;       ///< never empty: derived from the record's bytes where the sender gave none
  Timestamp timestamp;  ///< when it happened; corrected and clamped, see decoder.h
  std::string_view time_zone;    ///< context.timezone, or empty
  std::string_view locale;       ///< context.locale, or empty
  std::string_view previous_id;  ///< alias
  std::string_view
      traceparent;  ///< W3C trace context from a header or CloudEvents attribute, or empty

  /// The whole message as a map with Segment's names (`properties`, `context`, `traits`, …),
  /// unknown fields included; for conditions. `properties`, `context` and `traits` are always maps.
  Value message;
  Value properties;
  Value context;
  Value traits;  ///< of identify: `traits`; else `context.traits` or an empty map

  /// The id under which the customer's state is kept.
  std::string_view customer_id() const { return user_id.empty() ? anonymous_id : user_id; }
};

/// Appends the message as Segment JSON that decodes to the same event wherever and whenever it is
/// read: `timestamp` is the corrected one, and `originalTimestamp` beside it says so.
void append_segment_json(const Event& event, std::string& out);

}  // namespace sapa
