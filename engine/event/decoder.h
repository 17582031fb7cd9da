// Bytes → checked events: Segment JSON, the same as protobuf (proto/sapa/v1/event.proto), or either
// inside a CloudEvent 1.0 (Kafka protocol binding, binary and structured mode). What cannot be
// decoded is an error value whose text becomes the dead letter's reason; nothing here throws, logs
// or reads a clock.
//
// The form is told by the headers alone:
//   `content-type` (case, parameters ignored)                   the value is
//   none, application/json, text/json, …+json                   Segment JSON
//   application/protobuf, …/x-protobuf, …/vnd.google.protobuf   sapa.v1.Event
//   application/cloudevents+json, …/cloudevents+protobuf        a structured CloudEvent
//   application/cloudevents-batch…                              refused: Kafka has no batch mode
// With any of the headers `ce_id`, `ce_source`, `ce_specversion`, `ce_type` it is a CloudEvent in
// binary mode, whose data is of `content-type`. How a CloudEvent becomes an event is told in
// cloud_event.h.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/event/event.h"

namespace sapa {

struct Header {
  std::string_view name;
  std::string_view value;
};

/// One record as it came from a log or a request.
struct RawRecord {
  std::string_view key;  ///< empty if none
  std::string_view value;
  std::span<const Header> headers;
  /// The record's own timestamp: when the log took it in. Negative or never() where not known.
  Timestamp received;
};

/// EventLimits::max_depth beyond this counts as this.
inline constexpr uint32_t kDeepestNesting = 1000;

struct EventLimits {
  uint32_t max_record_bytes = 1 << 20;
  uint32_t max_depth = 32;
  uint32_t max_string_bytes = 64 * 1024;
  uint32_t max_id_bytes = 256;    ///< of userId, anonymousId, messageId
  uint32_t max_name_bytes = 256;  ///< of the event's name
};

/// Why a record is a dead letter. `code` is from a small closed set, for metrics: "too_large",
/// "invalid_json", "invalid_protobuf", "invalid_cloudevent", "unknown_content_type",
/// "missing_field", "invalid_field", "too_deep".
struct Refusal {
  std::string_view code;
  std::string reason;  ///< "userId and anonymousId are both missing"
};

struct DecodeNotes {
  bool clamped_to_receive_time = false;  ///< the timestamp lay after the receive time
  bool corrected_by_sent_at = false;
  bool message_id_derived = false;
};

/// Keeps its buffers between records. One thread.
class Decoder {
 public:
  explicit Decoder(EventLimits limits = {});
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  /// True and `event` is filled, its memory in `arena` (the record may go away); or false and
  /// `refusal` says why.
  ///
  /// Time, as the Segment specification has it: with `originalTimestamp` (or `timestamp`) and
  /// `sentAt` and a receive time
  /// (`receivedAt`, else the record's), timestamp = receive time - (sentAt - timestamp); a
  /// `timestamp` without `sentAt` is taken as it is; without any, it is the receive time. Where
  /// both `originalTimestamp` and `timestamp` are there, the sender's server has corrected
  /// `timestamp` already and it is taken as it is. Times are texts (RFC 3339, any offset, or a date
  /// alone) in 1970 to 9999. When `clamp_future` is set, a timestamp after the receive time becomes
  /// the receive time.
  bool decode(const RawRecord& record, bool clamp_future, Arena& arena, Event& event,
              DecodeNotes& notes, Refusal& refusal);

  /// The same for a call that is parsed already (an item of an HTTP batch). `message` must live as
  /// long as `arena`'s content; where it has no messageId, that is derived from its JSON.
  bool decode_message(const Value& message, Timestamp received, bool clamp_future, Arena& arena,
                      Event& event, DecodeNotes& notes, Refusal& refusal);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sapa
