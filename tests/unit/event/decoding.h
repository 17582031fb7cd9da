// One record decoded, for tests: the outcome and all it points to in one place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/event/decoder.h"

namespace sapa {

constexpr Timestamp kReceived{1772331200000};  // 2026-03-01T02:13:20.000Z

struct Decoding {
  explicit Decoding(std::string_view value, std::vector<Header> headers = {},
                    EventLimits limits = {}, bool clamp_future = true,
                    Timestamp received = kReceived)
      : decoder(limits) {
    // The copy goes away at once: an event may not point into the record.
    std::string copy(value);
    RawRecord record{"key", copy, headers, received};
    ok = decoder.decode(record, clamp_future, arena, event, notes, refusal);
    copy.assign(copy.size(), '#');
  }

  /// A field of the message as JSON, "absent" if it is not there.
  std::string field(std::string_view name) const {
    Value value = event.message.field(name);
    return value.is_absent() ? "absent" : to_json(value);
  }

  Decoder decoder;
  Arena arena;
  Event event;
  DecodeNotes notes;
  Refusal refusal;
  bool ok = false;
};

/// "code: reason" of a refused record, "accepted" otherwise.
inline std::string refusal_of(const Decoding& decoding) {
  if (decoding.ok) return "accepted";
  return std::string(decoding.refusal.code) + ": " + decoding.refusal.reason;
}

}  // namespace sapa
