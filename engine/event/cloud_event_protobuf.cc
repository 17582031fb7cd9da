#include "engine/event/cloud_event_protobuf.h"

#include "engine/base/time.h"
#include "engine/base/utf8.h"
#include "engine/event/base64.h"
#include "engine/event/message_map.h"
#include "engine/event/refusal.h"
#include "engine/event/wire_reader.h"

namespace sapa {
namespace {

using refusal::kInvalidProtobuf;
using refusal::refuse;

/// The seconds of the years 0001 to 9999.
constexpr int64_t kFirstSecond = -62135596800, kLastSecond = 253402300799;

class EnvelopeReading {
 public:
  EnvelopeReading(const EventLimits& limits, Arena& arena, Refusal& refusal)
      : limits_(limits), arena_(arena), refusal_(refusal) {}

  bool run(std::string_view bytes, CloudEventEnvelope& out) {
    uint32_t count = 0;
    WireReader counter(bytes);
    while (counter.next()) count += counter.field <= 5;
    if (!counter.ok()) return broken();
    if (count > kMostCloudEventAttributes) return refuse_attributes(refusal_);
    MessageMap attributes(Value::of_map(nullptr, 0), count, arena_);
    WireReader reader(bytes);
    while (reader.next()) {
      if (reader.field < 1 || reader.field > 8) continue;
      if (reader.type != WireType::kBytes) return broken();
      if (!read_field(reader, attributes, out)) return false;
    }
    out.attributes = attributes.value();
    return true;
  }

 private:
  bool broken() {
    return refuse(refusal_, kInvalidProtobuf,
                  "not an io.cloudevents.v1.CloudEvent in protobuf's wire format");
  }

  bool read_field(const WireReader& reader, MessageMap& attributes, CloudEventEnvelope& out) {
    static constexpr std::string_view kRequired[] = {"", "id", "source", "specversion", "type"};
    Value value;
    std::string_view name;
    switch (reader.field) {
      case 1:
      case 2:
      case 3:
      case 4:
        if (!read_text(reader.bytes, value)) return false;
        attributes.set(kRequired[reader.field], value);
        return true;
      case 5:
        if (!read_attribute(reader.bytes, name, value)) return false;
        attributes.set(name, value);
        return true;
      case 8:
        return read_packed(reader.bytes, out);
      default:  // 6 and 7: bytes and text
        out.has_data = true;
        out.is_packed = false;
        out.data = reader.bytes;
        return true;
    }
  }

  bool read_text(std::string_view bytes, Value& out) {
    if (bytes.size() > limits_.max_string_bytes) return refusal::refuse_string(refusal_, limits_);
    if (!is_valid_utf8(bytes)) return refuse(refusal_, kInvalidProtobuf, "a string is not UTF-8");
    out = Value::of_string(arena_.copy(bytes));
    return true;
  }

  bool read_attribute(std::string_view bytes, std::string_view& name, Value& value) {
    value = Value::null();
    WireReader entry(bytes);
    while (entry.next()) {
      if (entry.field != 1 && entry.field != 2) continue;
      if (entry.type != WireType::kBytes) return broken();
      Value key;
      if (entry.field == 2) {
        if (!read_attribute_value(entry.bytes, value)) return false;
      } else if (read_text(entry.bytes, key)) {
        name = key.as_string();
      } else {
        return false;
      }
    }
    return entry.ok() || broken();
  }

  bool read_attribute_value(std::string_view bytes, Value& out) {
    WireReader reader(bytes);
    while (reader.next()) {
      if (reader.field < 1 || reader.field > 7) continue;
      bool is_number = reader.field <= 2;
      if (reader.type != (is_number ? WireType::kVarint : WireType::kBytes)) return broken();
      bool read = true;
      switch (reader.field) {
        case 1:
          out = Value::of_bool(reader.number != 0);
          break;
        case 2:
          out = Value::of_int(static_cast<int32_t>(reader.number));
          break;
        case 4:
          out = Value::of_string(arena_.copy(encode_base64(reader.bytes)));
          break;
        case 7:
          read = read_time(reader.bytes, out);
          break;
        default:
          read = read_text(reader.bytes, out);
      }
      if (!read) return false;
    }
    return reader.ok() || broken();
  }

  bool read_time(std::string_view bytes, Value& out) {
    int64_t seconds = 0, nanos = 0;
    WireReader reader(bytes);
    while (reader.next()) {
      if (reader.field != 1 && reader.field != 2) continue;
      if (reader.type != WireType::kVarint) return broken();
      (reader.field == 1 ? seconds : nanos) = static_cast<int64_t>(reader.number);
    }
    if (!reader.ok()) return broken();
    if (seconds < kFirstSecond || seconds > kLastSecond || nanos < 0 || nanos > 999'999'999) {
      return refuse(refusal_, refusal::kInvalidCloudEvent,
                    "a timestamp lies outside the years 0001 to 9999");
    }
    out = Value::of_string(arena_.copy(format_rfc3339({seconds * 1000 + nanos / 1'000'000})));
    return true;
  }

  /// google.protobuf.Any
  bool read_packed(std::string_view bytes, CloudEventEnvelope& out) {
    out.has_data = out.is_packed = true;
    out.data = out.type_url = {};
    WireReader reader(bytes);
    while (reader.next()) {
      if (reader.field != 1 && reader.field != 2) continue;
      if (reader.type != WireType::kBytes) return broken();
      (reader.field == 1 ? out.type_url : out.data) = reader.bytes;
    }
    return reader.ok() || broken();
  }

  const EventLimits& limits_;
  Arena& arena_;
  Refusal& refusal_;
};

}  // namespace

bool refuse_attributes(Refusal& refusal) {
  return refuse(
      refusal, refusal::kTooLarge,
      "a CloudEvent with more than " + std::to_string(kMostCloudEventAttributes) + " attributes");
}

bool read_cloud_event_envelope(std::string_view bytes, const EventLimits& limits, Arena& arena,
                               CloudEventEnvelope& out, Refusal& refusal) {
  return EnvelopeReading(limits, arena, refusal).run(bytes, out);
}

}  // namespace sapa
