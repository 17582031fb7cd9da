// The envelope of CloudEvents' protobuf format (proto/sapa/v1/cloud_event.proto), read from the
// wire like events are: protobuf's generated classes would write to stderr for every text that is
// not UTF-8, at a sender's will.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/base/value.h"
#include "engine/event/decoder.h"

namespace sapa {

/// Beyond any use, and few enough that looking one up by scanning is cheap.
inline constexpr uint32_t kMostCloudEventAttributes = 256;
bool refuse_attributes(Refusal& refusal);

struct CloudEventEnvelope {
  Value attributes;  ///< by CloudEvents' names, all of them, with times as RFC 3339 and bytes as
                     ///< base64
  bool has_data = false;
  std::string_view data;      ///< points into the bytes that were read
  bool is_packed = false;     ///< the data is a protobuf message of type `type_url`
  std::string_view type_url;  ///< likewise
};

/// True, the attributes in `arena`; or false and why. Whether the attributes follow the rules is
/// not looked at.
bool read_cloud_event_envelope(std::string_view bytes, const EventLimits& limits, Arena& arena,
                               CloudEventEnvelope& out, Refusal& refusal);

}  // namespace sapa
