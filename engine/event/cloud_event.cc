#include "engine/event/cloud_event.h"

#include <algorithm>

#include "engine/base/time.h"
#include "engine/base/utf8.h"
#include "engine/event/base64.h"
#include "engine/event/cloud_event_protobuf.h"
#include "engine/event/message_map.h"
#include "engine/event/refusal.h"
#include "engine/event/segment_message.h"

namespace sapa {

/// The attributes that have a meaning here. Absent where not given.
struct CloudEventReader::Attributes {
  std::string_view id, type, subject, time, content_type, traceparent;
  Value all;
};

namespace {

using refusal::kInvalidCloudEvent;
using refusal::refuse;

bool is_cloud_event_header(std::string_view name) {
  return name.size() > 3 && equals_ignoring_case(name.substr(0, 3), "ce_");
}

bool is_absent(const Value& value) { return value.is_absent() || value.is(Kind::kNull); }

bool read_required(const Value& all, std::string_view name, std::string_view& out,
                   Refusal& refusal) {
  Value value = all.field(name);
  if (is_absent(value)) {
    return refuse(refusal, kInvalidCloudEvent, std::string(name) + " is missing");
  }
  if (!value.is(Kind::kString) || value.size == 0) {
    return refuse(refusal, kInvalidCloudEvent,
                  std::string(name) + " must be a string that is not empty");
  }
  out = value.as_string();
  return true;
}

bool read_optional(const Value& all, std::string_view name, std::string_view& out,
                   Refusal& refusal) {
  out = {};
  return is_absent(all.field(name)) || read_required(all, name, out, refusal);
}

bool is_uri_reference(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<uint8_t>(c) <= 0x20 || c == 0x7F || c == '<' || c == '>' || c == '"';
  });
}

/// CloudEvents wants RFC 3339 to the letter: a date alone or a blank for the T is none.
bool is_strict_time(std::string_view text) {
  Timestamp ignored;
  return text.size() > 10 && (text[10] == 'T' || text[10] == 't') && parse_rfc3339(text, ignored);
}

std::string unknown_content(std::string_view content_type) {
  return "data of content type " + refusal::quoted(content_type) +
         " is neither JSON nor a sapa.v1.Event in protobuf";
}

}  // namespace

bool CloudEventReader::is_binary(const RawRecord& record) {
  return std::any_of(record.headers.begin(), record.headers.end(), [](const Header& header) {
    return is_cloud_event_header(header.name) &&
           (equals_ignoring_case(header.name, "ce_specversion") ||
            equals_ignoring_case(header.name, "ce_id") ||
            equals_ignoring_case(header.name, "ce_source") ||
            equals_ignoring_case(header.name, "ce_type"));
  });
}

bool CloudEventReader::check(const Value& all, Attributes& out, Refusal& refusal) const {
  std::string_view version, source, schema;
  if (!read_required(all, "specversion", version, refusal)) return false;
  if (version != "1.0") {
    return refuse(refusal, kInvalidCloudEvent,
                  "specversion must be \"1.0\", not " + refusal::quoted(version));
  }
  if (!read_required(all, "id", out.id, refusal) ||
      !read_required(all, "source", source, refusal) ||
      !read_required(all, "type", out.type, refusal) ||
      !read_optional(all, "subject", out.subject, refusal) ||
      !read_optional(all, "time", out.time, refusal) ||
      !read_optional(all, "dataschema", schema, refusal) ||
      !read_optional(all, "datacontenttype", out.content_type, refusal)) {
    return false;
  }
  if (!is_uri_reference(source) || !is_uri_reference(schema)) {
    return refuse(refusal, kInvalidCloudEvent, "source and dataschema must be URIs");
  }
  if (!out.time.empty() && !is_strict_time(out.time)) {
    return refuse(refusal, kInvalidCloudEvent, "time must be an RFC 3339 time");
  }
  for (uint32_t i = 0; i < all.size; ++i) {
    const MapEntry& attribute = all.entries[i];
    if (attribute.value.is(Kind::kMap) || attribute.value.is(Kind::kList)) {
      return refuse(refusal, kInvalidCloudEvent,
                    "attribute " + refusal::quoted(attribute.key.as_string()) +
                        " must be a string, a number or a boolean");
    }
  }
  Value traceparent = all.field("traceparent");
  if (traceparent.is(Kind::kString)) out.traceparent = traceparent.as_string();
  out.all = all;
  return true;
}

bool CloudEventReader::read_data(ContentKind kind, std::string_view bytes, Arena& arena,
                                 Value& data, Refusal& refusal) {
  if (kind == ContentKind::kProtobuf) return protobuf_.read(bytes, arena, data, refusal);
  data = Value::absent();
  return bytes.empty() || json_.read(bytes, arena, data, refusal);
}

bool CloudEventReader::compose(const Attributes& attributes, const Value& data,
                               bool data_is_message, Arena& arena, CloudEventMessage& out,
                               Refusal& refusal) const {
  if (!is_absent(data) && !data.is(Kind::kMap)) {
    return refuse(refusal, kInvalidCloudEvent, "data must be an object");
  }
  bool is_call = data_is_message || is_segment_call(data.field("type"));
  MessageMap message(is_call ? data : Value::of_map(nullptr, 0), 8, arena);
  auto fill = [&](std::string_view name, const Value& value) {
    if (is_absent(message.value().field(name)) && !is_absent(value)) message.set(name, value);
  };
  auto text = [](std::string_view s) { return s.empty() ? Value::absent() : Value::of_string(s); };
  if (!is_call) {
    message.set("type", Value::of_string("track"));
    message.set("properties", is_absent(data) ? Value::of_map(nullptr, 0) : data);
    fill("userId", text(attributes.subject));
    fill("userId", data.field("userId"));
    fill("anonymousId", data.field("anonymousId"));
  } else if (is_absent(data.field("anonymousId"))) {
    fill("userId", text(attributes.subject));
  }
  Value type = message.value().field("type");
  if (type.is(Kind::kString) && type.as_string() == "track") fill("event", text(attributes.type));
  fill("messageId", text(attributes.id));
  if (is_absent(message.value().field("originalTimestamp"))) {
    fill("timestamp", text(attributes.time));
  }
  fill("cloudevent", attributes.all);
  out.message = message.value();
  out.traceparent = attributes.traceparent;
  return true;
}

bool CloudEventReader::read_json_data(const Value& root, ContentKind kind,
                                      std::string_view content_type, Arena& arena, Value& data,
                                      Refusal& refusal) {
  data = root.field("data");
  Value base64 = root.field("data_base64");
  if (is_absent(base64)) {
    if (kind == ContentKind::kJson || is_absent(data)) return true;
    return refuse(refusal, refusal::kUnknownContentType,
                  kind == ContentKind::kProtobuf ? "protobuf data must be in data_base64"
                                                 : unknown_content(content_type));
  }
  if (!is_absent(data)) {
    return refuse(refusal, kInvalidCloudEvent, "data and data_base64 exclude each other");
  }
  if (kind != ContentKind::kJson && kind != ContentKind::kProtobuf) {
    return refuse(refusal, refusal::kUnknownContentType, unknown_content(content_type));
  }
  if (!base64.is(Kind::kString) || !decode_base64(base64.as_string(), decoded_)) {
    return refuse(refusal, kInvalidCloudEvent, "data_base64 is not base64");
  }
  return read_data(kind, decoded_, arena, data, refusal);
}

bool CloudEventReader::read_json(std::string_view bytes, Arena& arena, CloudEventMessage& out,
                                 Refusal& refusal) {
  Value root;
  if (!json_.read(bytes, arena, root, refusal)) return false;
  if (!root.is(Kind::kMap)) {
    return refuse(refusal, kInvalidCloudEvent, "a structured CloudEvent must be a JSON object");
  }
  MapEntry* entries = arena.array<MapEntry>(root.size);
  uint32_t count = 0;
  for (uint32_t i = 0; i < root.size; ++i) {
    const MapEntry& entry = root.entries[i];
    std::string_view name = entry.key.as_string();
    bool is_data = name == "data" || name == "data_base64";
    if (!is_data && !is_absent(entry.value)) entries[count++] = entry;
  }
  if (count > kMostCloudEventAttributes) return refuse_attributes(refusal);
  Attributes attributes;
  if (!check(Value::of_map(entries, count), attributes, refusal)) return false;
  ContentKind kind = content_kind(attributes.content_type);
  Value data;
  return read_json_data(root, kind, attributes.content_type, arena, data, refusal) &&
         compose(attributes, data, kind == ContentKind::kProtobuf && data.is(Kind::kMap), arena,
                 out, refusal);
}

bool CloudEventReader::read_protobuf(std::string_view bytes, Arena& arena, CloudEventMessage& out,
                                     Refusal& refusal) {
  CloudEventEnvelope envelope;
  Attributes attributes;
  if (!read_cloud_event_envelope(bytes, limits_, arena, envelope, refusal) ||
      !check(envelope.attributes, attributes, refusal)) {
    return false;
  }
  ContentKind kind = content_kind(attributes.content_type);
  if (envelope.is_packed) {
    kind = envelope.type_url.ends_with("/sapa.v1.Event") ? ContentKind::kProtobuf
                                                         : ContentKind::kUnknown;
    attributes.content_type = envelope.type_url;
  }
  return read_data_and_compose(attributes, kind, envelope.has_data, envelope.data, arena, out,
                               refusal);
}

bool CloudEventReader::read_data_and_compose(const Attributes& attributes, ContentKind kind,
                                             bool has_data, std::string_view bytes, Arena& arena,
                                             CloudEventMessage& out, Refusal& refusal) {
  if (has_data && kind != ContentKind::kJson && kind != ContentKind::kProtobuf) {
    return refuse(refusal, refusal::kUnknownContentType, unknown_content(attributes.content_type));
  }
  Value data;
  if (has_data && !read_data(kind, bytes, arena, data, refusal)) return false;
  return compose(attributes, data, has_data && kind == ContentKind::kProtobuf, arena, out, refusal);
}

bool CloudEventReader::read_binary(const RawRecord& record, Arena& arena, CloudEventMessage& out,
                                   Refusal& refusal) {
  auto count =
      std::count_if(record.headers.begin(), record.headers.end(),
                    [](const Header& header) { return is_cloud_event_header(header.name); });
  if (count > kMostCloudEventAttributes) return refuse_attributes(refusal);
  MessageMap all(Value::of_map(nullptr, 0), static_cast<uint32_t>(count) + 1, arena);
  for (const Header& header : record.headers) {
    bool is_content_type = equals_ignoring_case(header.name, "content-type");
    if (!is_content_type && !is_cloud_event_header(header.name)) continue;
    if (!is_valid_utf8(header.value) || !is_valid_utf8(header.name)) {
      return refuse(refusal, kInvalidCloudEvent, "a ce_ header is not UTF-8");
    }
    if (header.value.size() > limits_.max_string_bytes) {
      return refusal::refuse_string(refusal, limits_);
    }
    std::string name(is_content_type ? "datacontenttype" : header.name.substr(3));
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    all.set(arena.copy(name), Value::of_string(arena.copy(header.value)));
  }
  Attributes attributes;
  if (!check(all.value(), attributes, refusal)) return false;
  return read_data_and_compose(attributes, content_kind(attributes.content_type),
                               !record.value.empty(), record.value, arena, out, refusal);
}

}  // namespace sapa
