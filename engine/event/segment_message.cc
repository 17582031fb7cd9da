#include "engine/event/segment_message.h"

#include <array>

#include "engine/base/hash.h"
#include "engine/base/same_text.h"
#include "engine/event/message_map.h"
#include "engine/event/refusal.h"

namespace sapa {
namespace {

using refusal::kInvalidField;
using refusal::kMissingField;
using refusal::refuse;

/// The fields that the engine itself reads. Everything else stays in the message for conditions.
enum Field : uint8_t {
  kType,
  kEvent,
  kName,
  kUserId,
  kAnonymousId,
  kPreviousId,
  kMessageId,
  kTimestamp,
  kOriginalTimestamp,
  kSentAt,
  kReceivedAt,
  kProperties,
  kTraits,
  kContext,
  kFieldCount,
};
constexpr std::array<std::string_view, kFieldCount> kFieldNames{
    "type",      "event",       "name",
    "userId",    "anonymousId", "previousId",
    "messageId", "timestamp",   "originalTimestamp",
    "sentAt",    "receivedAt",  "properties",
    "traits",    "context"};

/// kFieldCount if it is none of them.
Field field_of(std::string_view name) {
  auto is = [name](Field field) {
    return same_text(name, kFieldNames[field]) ? field : kFieldCount;
  };
  switch (name.size()) {
    case 4:
      return name[0] == 't' ? is(kType) : is(kName);
    case 5:
      return is(kEvent);
    case 6:
      return name[0] == 'u' ? is(kUserId) : name[0] == 's' ? is(kSentAt) : is(kTraits);
    case 7:
      return is(kContext);
    case 9:
      return name[0] == 'm' ? is(kMessageId) : is(kTimestamp);
    case 10:
      return name[0] == 'r' ? is(kReceivedAt) : name[2] == 'o' ? is(kProperties) : is(kPreviousId);
    case 11:
      return is(kAnonymousId);
    case 17:
      return is(kOriginalTimestamp);
    default:
      return kFieldCount;
  }
}

constexpr Value kAbsent;

constexpr int64_t kFirstMs = 0;
constexpr int64_t kLastMs = 253402300799999;  // 9999-12-31T23:59:59.999Z

bool in_range(Timestamp t) { return t.ms >= kFirstMs && t.ms <= kLastMs; }

/// One message on its way to an event. Each step refuses or fills its part.
class MessageReading {
 public:
  MessageReading(const Value& message, const MessageOrigin& origin, const EventLimits& limits,
                 Arena& arena, Event& event, DecodeNotes& notes, Refusal& refusal)
      : origin_(origin),
        limits_(limits),
        arena_(arena),
        event_(event),
        notes_(notes),
        refusal_(refusal),
        message_(message, kFieldCount, arena) {
    fields_.fill(&kAbsent);
    for (uint32_t i = 0; i < message.size; ++i) {
      Field field = field_of(message.entries[i].key.as_string());
      if (field != kFieldCount && !message.entries[i].value.is(Kind::kNull)) {
        fields_[field] = &message.entries[i].value;
      }
    }
  }

  bool run() {
    return read_type() && read_maps() && read_name() && read_ids() && read_message_id() &&
           read_time() && finish();
  }

 private:
  // The reasons of a refusal are put together out of line, so that what is read every time stays
  // small.
  [[gnu::noinline]] bool refuse_missing(Field field) {
    return refuse(refusal_, kMissingField, std::string(kFieldNames[field]) + " is missing");
  }
  [[gnu::noinline]] bool refuse_field(Field field, std::string_view what) {
    return refuse(refusal_, kInvalidField, std::string(kFieldNames[field]) + std::string(what));
  }
  [[gnu::noinline]] bool refuse_length(Field field, uint32_t most) {
    return refuse_field(field, " is longer than " + std::to_string(most) + " bytes");
  }
  [[gnu::noinline]] bool refuse_type(const Value& type) {
    std::string got = type.is(Kind::kString) ? refusal::quoted(type.as_string())
                                             : std::string(kind_name(type.kind));
    return refuse_field(kType,
                        " must be track, identify, page, screen, alias or group, not " + got);
  }

  bool read_type() {
    const Value& type = *fields_[kType];
    if (type.is_absent()) return refuse_missing(kType);
    if (type.is(Kind::kString) && parse_event_type(type.as_string(), event_.type)) return true;
    return refuse_type(type);
  }

  bool read_map(Field field, Value& out) {
    const Value& map = *fields_[field];
    if (map.is(Kind::kMap)) {
      out = map;
      return true;
    }
    if (!map.is_absent()) return refuse_field(field, " must be an object");
    out = Value::of_map(nullptr, 0);
    message_.set(kFieldNames[field], out);
    return true;
  }

  bool read_maps() {
    if (!read_map(kProperties, event_.properties) || !read_map(kContext, event_.context)) {
      return false;
    }
    const Value& traits = *fields_[kTraits];
    if (!traits.is_absent() && !traits.is(Kind::kMap)) {
      return refuse_field(kTraits, " must be an object");
    }
    Value traits_in_context;
    read_context(traits_in_context);
    event_.traits = event_.type == EventType::kIdentify ? traits : traits_in_context;
    if (!event_.traits.is(Kind::kMap)) event_.traits = Value::of_map(nullptr, 0);
    if (traits.is_absent()) message_.set("traits", event_.traits);
    return true;
  }

  void read_context(Value& traits) {
    event_.time_zone = event_.locale = {};
    for (uint32_t i = 0; i < event_.context.size; ++i) {
      const auto& [key, value] = event_.context.entries[i];
      std::string_view name = key.as_string();
      if (same_text(name, "traits")) {
        traits = value;
      } else if (same_text(name, "timezone")) {
        if (value.is(Kind::kString)) event_.time_zone = value.as_string();
      } else if (same_text(name, "locale")) {
        if (value.is(Kind::kString)) event_.locale = value.as_string();
      }
    }
  }

  bool read_name() {
    switch (event_.type) {
      case EventType::kTrack:
        return read_track_name();
      case EventType::kPage:
        event_.name = "Page Viewed";
        return read_page_name();
      case EventType::kScreen:
        event_.name = "Screen Viewed";
        return read_page_name();
      case EventType::kIdentify:
        event_.name = "Identified";
        return true;
      case EventType::kAlias:
        event_.name = "Aliased";
        return true;
      case EventType::kGroup:
        event_.name = "Grouped";
        return true;
    }
    return true;
  }

  bool read_track_name() {
    const Value& name = *fields_[kEvent];
    if (name.is_absent()) return refuse_missing(kEvent);
    if (!name.is(Kind::kString)) return refuse_field(kEvent, " must be a string");
    if (name.size == 0) return refuse(refusal_, kMissingField, "event is empty");
    event_.name = name.as_string();
    return check_length(kEvent, event_.name, limits_.max_name_bytes);
  }

  /// Segment names a page beside its properties; conditions find it among them.
  bool read_page_name() {
    const Value& name = *fields_[kName];
    if (name.is_absent()) return true;
    if (!name.is(Kind::kString)) return refuse_field(kName, " must be a string");
    if (!check_length(kName, name.as_string(), limits_.max_name_bytes)) return false;
    if (!event_.properties.field("name").is_absent()) return true;
    MessageMap properties(event_.properties, 1, arena_);
    properties.set("name", name);
    event_.properties = properties.value();
    message_.set("properties", event_.properties);
    return true;
  }

  bool check_length(Field field, std::string_view text, uint32_t most) {
    return text.size() <= most || refuse_length(field, most);
  }

  bool read_id(Field field, std::string_view& out) {
    const Value& id = *fields_[field];
    out = {};
    if (id.is_absent()) return true;
    if (!id.is(Kind::kString)) return read_number_id(field, out);
    out = id.as_string();
    return check_length(field, out, limits_.max_id_bytes);
  }

  /// Some senders give numbers as ids; they become text, in the message too. Only integers: a
  /// double may have been rounded, and two customers become one.
  [[gnu::noinline]] bool read_number_id(Field field, std::string_view& out) {
    const Value& id = *fields_[field];
    if (!id.is(Kind::kInt) && !id.is(Kind::kUint)) {
      return refuse_field(field, " must be a string or a 64-bit integer");
    }
    out = arena_.copy(id.is(Kind::kInt) ? std::to_string(id.integer)
                                        : std::to_string(id.unsigned_integer));
    message_.set(kFieldNames[field], Value::of_string(out));
    return check_length(field, out, limits_.max_id_bytes);
  }

  bool read_ids() {
    if (!read_id(kUserId, event_.user_id) || !read_id(kAnonymousId, event_.anonymous_id) ||
        !read_id(kPreviousId, event_.previous_id)) {
      return false;
    }
    if (event_.user_id.empty() && event_.anonymous_id.empty()) {
      return refuse(refusal_, kMissingField, "userId and anonymousId are both missing");
    }
    if (event_.type == EventType::kAlias && event_.previous_id.empty()) {
      return refuse_missing(kPreviousId);
    }
    return true;
  }

  bool read_message_id() {
    if (!read_id(kMessageId, event_.message_id)) return false;
    if (event_.message_id.empty()) derive_message_id();
    return true;
  }

  [[gnu::noinline]] void derive_message_id() {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string json;
    std::string_view bytes = origin_.bytes;
    if (bytes.empty()) {
      append_json(message_.value(), json);
      bytes = json;
    }
    char text[37] = {'s', 'a', 'p', 'a', '-'};
    char* at = text + 5;
    for (uint64_t seed : {0, 1}) {
      uint64_t hash = hash64(bytes, seed);
      for (int shift = 60; shift >= 0; shift -= 4) *at++ = kHex[hash >> shift & 15];
    }
    event_.message_id = arena_.copy({text, sizeof text});
    message_.set("messageId", Value::of_string(event_.message_id));
    notes_.message_id_derived = true;
  }

  bool read_time_field(Field field, bool& there, Timestamp& out) {
    const Value& time = *fields_[field];
    there = !time.is_absent();
    if (!there) return true;
    if (time.is(Kind::kString) && parse_rfc3339(time.as_string(), out) && in_range(out))
      return true;
    return refuse_field(field,
                        " must be an RFC 3339 time in 1970 to 9999, such as "
                        "\"2026-03-01T09:30:00.000Z\"");
  }

  bool read_time() {
    bool has_time, has_original, has_sent, has_received;
    Timestamp time, original, sent, received;
    if (!read_time_field(kTimestamp, has_time, time) ||
        !read_time_field(kOriginalTimestamp, has_original, original) ||
        !read_time_field(kSentAt, has_sent, sent) ||
        !read_time_field(kReceivedAt, has_received, received)) {
      return false;
    }
    if (!has_received) {
      received = origin_.received;
      has_received = in_range(received);
    }
    if (has_time && has_original) {
      event_.timestamp = time;
    } else if (has_time || has_original) {
      event_.timestamp = has_time ? time : original;
      if (has_sent && has_received) correct(received - sent);
    } else if (has_received) {
      event_.timestamp = received;
    } else {
      return refuse(refusal_, kMissingField, "timestamp is missing and so is a receive time");
    }
    if (origin_.clamp_future && has_received && event_.timestamp > received) {
      event_.timestamp = received;
      notes_.clamped_to_receive_time = true;
    }
    if (in_range(event_.timestamp)) return true;
    return refuse(refusal_, kInvalidField, "timestamp lies outside 1970 to 9999 once corrected");
  }

  /// The sender's clock was off by what lies between its sending and our receiving.
  void correct(Duration by) {
    event_.timestamp = event_.timestamp + by;
    notes_.corrected_by_sent_at = by.ms != 0;
  }

  bool finish() {
    event_.traceparent = origin_.traceparent;
    event_.message = message_.value();
    return true;
  }

  const MessageOrigin& origin_;
  const EventLimits& limits_;
  Arena& arena_;
  Event& event_;
  DecodeNotes& notes_;
  Refusal& refusal_;
  MessageMap message_;
  std::array<const Value*, kFieldCount> fields_;  // absent ones too
};

}  // namespace

bool is_segment_call(const Value& type) {
  EventType ignored;
  return type.is(Kind::kString) && parse_event_type(type.as_string(), ignored);
}

bool read_segment_message(const Value& message, const MessageOrigin& origin,
                          const EventLimits& limits, Arena& arena, Event& event, DecodeNotes& notes,
                          Refusal& refusal) {
  notes = {};
  if (!message.is(Kind::kMap)) {
    return refuse(refusal, refusal::kInvalidJson, "an event must be a JSON object");
  }
  return MessageReading(message, origin, limits, arena, event, notes, refusal).run();
}

}  // namespace sapa
