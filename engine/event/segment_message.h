// A call of the Segment specification, already parsed → a checked event: required fields, ids,
// names and the time. The rules are told in decoder.h and event.h.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/base/value.h"
#include "engine/event/decoder.h"

namespace sapa {

/// What is known about a message beside its own content.
struct MessageOrigin {
  Timestamp received;
  bool clamp_future = false;
  std::string_view
      bytes;  ///< what a missing messageId is derived from; empty: from the message's JSON
  std::string_view traceparent;  ///< lives in the arena; empty if none
};

bool read_segment_message(const Value& message, const MessageOrigin& origin,
                          const EventLimits& limits, Arena& arena, Event& event, DecodeNotes& notes,
                          Refusal& refusal);

/// True if `type` is one of Segment's calls.
bool is_segment_call(const Value& type);

}  // namespace sapa
