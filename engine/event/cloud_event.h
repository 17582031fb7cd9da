// CloudEvents 1.0 (Kafka protocol binding, JSON and protobuf formats) → a Segment message, which
// segment_message.h checks like any other. What the event says itself goes first; the attributes
// fill what it lacks:
//
//   data is                                      the message is
//   an object whose `type` is a Segment call     data; a track call's missing `event`: ce `type`
//   a sapa.v1.Event                              likewise
//   any other object, or nothing                 a track call of ce `type`, data its `properties`
//
// In all of them ce `id` stands in for a missing messageId, `time` for a missing timestamp,
// `subject` for a userId where there is no anonymousId either (a plain object may name both
// itself), and all attributes are under `cloudevent`.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/base/value.h"
#include "engine/event/content_type.h"
#include "engine/event/decoder.h"
#include "engine/event/json_tree.h"
#include "engine/event/protobuf_event.h"

namespace sapa {

struct CloudEventMessage {
  Value message;
  std::string_view traceparent;  ///< the extension attribute, or empty
};

class CloudEventReader {
 public:
  CloudEventReader(const EventLimits& limits, JsonTree& json, ProtobufEventReader& protobuf)
      : limits_(limits), json_(json), protobuf_(protobuf) {}

  bool read_json(std::string_view bytes, Arena& arena, CloudEventMessage& out, Refusal& refusal);
  bool read_protobuf(std::string_view bytes, Arena& arena, CloudEventMessage& out,
                     Refusal& refusal);
  /// Attributes in the headers `ce_…` and `content-type`, data in the value.
  bool read_binary(const RawRecord& record, Arena& arena, CloudEventMessage& out, Refusal& refusal);

  /// True if the headers make it a CloudEvent in binary mode.
  static bool is_binary(const RawRecord& record);

 private:
  struct Attributes;

  bool check(const Value& all, Attributes& out, Refusal& refusal) const;
  bool read_data(ContentKind kind, std::string_view bytes, Arena& arena, Value& data,
                 Refusal& refusal);
  bool read_json_data(const Value& root, ContentKind kind, std::string_view content_type,
                      Arena& arena, Value& data, Refusal& refusal);
  bool read_data_and_compose(const Attributes& attributes, ContentKind kind, bool has_data,
                             std::string_view bytes, Arena& arena, CloudEventMessage& out,
                             Refusal& refusal);
  bool compose(const Attributes& attributes, const Value& data, bool data_is_message, Arena& arena,
               CloudEventMessage& out, Refusal& refusal) const;

  EventLimits limits_;
  JsonTree& json_;
  ProtobufEventReader& protobuf_;
  std::string decoded_;  // of data_base64, kept for its memory
};

}  // namespace sapa
