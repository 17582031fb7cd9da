// A trigger as bytes: JSON (the standard JSON mapping of proto/sapa/v1/trigger.proto), protobuf, or
// either inside a CloudEvent 1.0. All append to `out` and never clear it; the JSON forms allocate
// nothing beyond its growth.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/message/trigger.h"

namespace sapa {

enum class WireFormat : uint8_t { kJson, kProtobuf };

/// The `content-type` header of a record in this format: "application/json" or
/// "application/protobuf".
std::string_view content_type(WireFormat format);
/// The same for a trigger inside a CloudEvent, structured mode: "application/cloudevents+json" or
/// "+protobuf".
std::string_view cloudevent_content_type(WireFormat format);

/// `triggerId`, `campaign`, `userId`, `channel` and `time` are always there; what is empty, zero or
/// false is left out. Names in `content.data` must be distinct.
void append_trigger_json(const Trigger& trigger, std::string& out);

/// sapa.v1.Trigger. Texts that are not UTF-8 have their bad bytes replaced by U+FFFD, as in JSON.
void append_trigger_protobuf(const Trigger& trigger, std::string& out);

void append_trigger(const Trigger& trigger, WireFormat format, std::string& out);

/// The CloudEvents attributes of a trigger, the same in every mode.
inline constexpr std::string_view kTriggerCloudEventType = "io.sapa.trigger.v1";
/// "/sapa/campaigns/<campaign>", percent-encoded where a URI wants it.
void append_trigger_cloudevent_source(const Trigger& trigger, std::string& out);

/// A structured CloudEvent: id = triggerId, source and type as above, time = the trigger's, subject
/// = the customer's id, traceparent if there is one. Its data is the trigger as JSON, or in the
/// protobuf format as a `type.googleapis.com/sapa.v1.Trigger`.
void append_trigger_cloudevent(const Trigger& trigger, WireFormat format, std::string& out);

}  // namespace sapa
