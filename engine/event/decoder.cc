#include "engine/event/decoder.h"

#include <algorithm>

#include "engine/event/cloud_event.h"
#include "engine/event/content_type.h"
#include "engine/event/json_tree.h"
#include "engine/event/protobuf_event.h"
#include "engine/event/refusal.h"
#include "engine/event/segment_message.h"

namespace sapa {
namespace {

std::string_view header(const RawRecord& record, std::string_view name) {
  for (const Header& candidate : record.headers) {
    if (equals_ignoring_case(candidate.name, name)) return candidate.value;
  }
  return {};
}

/// W3C trace context: "00-<32 hex>-<16 hex>-<2 hex>". What is not of this shape is to be ignored,
/// says the standard.
bool is_traceparent(std::string_view text) {
  if (text.size() < 55 || text.substr(0, 2) == "ff") return false;
  if (text.size() > 55 && (text.substr(0, 2) == "00" || text[55] != '-' || text.size() > 256)) {
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    bool dash = i == 2 || i == 35 || i == 52;
    bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (i < 55 ? (dash ? c != '-' : !hex) : c < 0x21 || c > 0x7E) return false;
  }
  return true;
}

/// What JsonTree checks while it reads, for values that others have read.
bool check_tree(const Value& value, uint32_t depth, const EventLimits& limits, Refusal& refusal) {
  if (value.is(Kind::kString)) {
    return value.size <= limits.max_string_bytes || refusal::refuse_string(refusal, limits);
  }
  if (!value.is(Kind::kMap) && !value.is(Kind::kList)) return true;
  if (depth > limits.max_depth) return refusal::refuse_depth(refusal, limits);
  for (uint32_t i = 0; i < value.size; ++i) {
    bool is_map = value.is(Kind::kMap);
    if (is_map && !value.entries[i].key.is(Kind::kString)) {
      return refusal::refuse(refusal, refusal::kInvalidJson, "a key is not a string");
    }
    if (is_map && !check_tree(value.entries[i].key, depth + 1, limits, refusal)) return false;
    const Value& inner = is_map ? value.entries[i].value : value.items[i];
    if (!check_tree(inner, depth + 1, limits, refusal)) return false;
  }
  return true;
}

/// Values are walked by recursion, so no setting may let a sender choose the stack's depth.
EventLimits bounded(EventLimits limits) {
  limits.max_depth = std::min(limits.max_depth, kDeepestNesting);
  return limits;
}

}  // namespace

struct Decoder::State {
  explicit State(EventLimits l)
      : limits(bounded(l)), json(limits), protobuf(limits), cloud_events(limits, json, protobuf) {}

  /// By what the headers say.
  bool read(const RawRecord& record, Arena& arena, CloudEventMessage& out, Refusal& refusal) {
    std::string_view content_type = header(record, "content-type");
    ContentKind kind = content_kind(content_type);
    bool structured = kind == ContentKind::kCloudEventJson ||
                      kind == ContentKind::kCloudEventProtobuf ||
                      kind == ContentKind::kCloudEventBatch;
    if (!structured && CloudEventReader::is_binary(record)) {
      return cloud_events.read_binary(record, arena, out, refusal);
    }
    switch (kind) {
      case ContentKind::kJson:
        return json.read(record.value, arena, out.message, refusal);
      case ContentKind::kProtobuf:
        return protobuf.read(record.value, arena, out.message, refusal);
      case ContentKind::kCloudEventJson:
        return cloud_events.read_json(record.value, arena, out, refusal);
      case ContentKind::kCloudEventProtobuf:
        return cloud_events.read_protobuf(record.value, arena, out, refusal);
      case ContentKind::kCloudEventBatch:
        return refusal::refuse(refusal, refusal::kUnknownContentType,
                               "a batch of CloudEvents cannot be one record: CloudEvents' Kafka "
                               "binding has no batch mode; send one record per event");
      case ContentKind::kUnknown:
        break;
    }
    return refusal::refuse(refusal, refusal::kUnknownContentType,
                           "content-type " + refusal::quoted(content_type) +
                               " is none of JSON, protobuf and CloudEvents");
  }

  bool refuse_size(size_t bytes, Refusal& refusal) const {
    return refusal::refuse(refusal, refusal::kTooLarge,
                           "the record's value has " + std::to_string(bytes) +
                               " bytes; the limit is " + std::to_string(limits.max_record_bytes));
  }

  EventLimits limits;
  JsonTree json;
  ProtobufEventReader protobuf;
  CloudEventReader cloud_events;
};

Decoder::Decoder(EventLimits limits) : state_(std::make_unique<State>(limits)) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

bool Decoder::decode(const RawRecord& record, bool clamp_future, Arena& arena, Event& event,
                     DecodeNotes& notes, Refusal& refusal) {
  State& state = *state_;
  if (record.value.size() > state.limits.max_record_bytes) {
    return state.refuse_size(record.value.size(), refusal);
  }
  MessageOrigin origin{record.received, clamp_future, record.value, {}};
  CloudEventMessage read;
  if (record.headers.empty()) {
    if (!state.json.read(record.value, arena, read.message, refusal)) return false;
  } else {
    if (!state.read(record, arena, read, refusal)) return false;
    std::string_view traceparent = header(record, "traceparent");
    if (!is_traceparent(traceparent)) traceparent = read.traceparent;
    if (is_traceparent(traceparent)) origin.traceparent = arena.copy(traceparent);
  }
  return read_segment_message(read.message, origin, state.limits, arena, event, notes, refusal);
}

bool Decoder::decode_message(const Value& message, Timestamp received, bool clamp_future,
                             Arena& arena, Event& event, DecodeNotes& notes, Refusal& refusal) {
  if (!check_tree(message, 1, state_->limits, refusal)) return false;
  MessageOrigin origin{received, clamp_future, {}, {}};
  return read_segment_message(message, origin, state_->limits, arena, event, notes, refusal);
}

}  // namespace sapa
