#include "engine/event/protobuf_event.h"

#include <array>
#include <bit>
#include <cmath>

#include <simdjson.h>

#include "engine/base/equal_keys.h"
#include "engine/base/time.h"
#include "engine/event/message_map.h"
#include "engine/event/refusal.h"
#include "engine/event/wire_reader.h"

namespace sapa {
namespace {

enum class FieldKind : uint8_t { kNone, kText, kTime, kStruct, kValue };

struct FieldShape {
  FieldKind kind = FieldKind::kNone;
  std::string_view name;
};

/// By field number; must agree with event.proto.
constexpr std::array<FieldShape, 19> kFields{{
    {},
    {FieldKind::kText, "type"},
    {FieldKind::kText, "event"},
    {FieldKind::kText, "name"},
    {FieldKind::kText, "userId"},
    {FieldKind::kText, "anonymousId"},
    {FieldKind::kText, "previousId"},
    {FieldKind::kText, "groupId"},
    {FieldKind::kText, "messageId"},
    {FieldKind::kTime, "timestamp"},
    {FieldKind::kTime, "originalTimestamp"},
    {FieldKind::kTime, "sentAt"},
    {FieldKind::kTime, "receivedAt"},
    {FieldKind::kStruct, "properties"},
    {FieldKind::kStruct, "traits"},
    {FieldKind::kStruct, "context"},
    {FieldKind::kStruct, "integrations"},
    {FieldKind::kText, "channel"},
    {FieldKind::kValue, "version"},
}};

constexpr int64_t kFirstSecond = -62135596800;  // 0001-01-01T00:00:00Z
constexpr int64_t kLastSecond = 253402300799;   // 9999-12-31T23:59:59Z
constexpr double kLargestWholeNumber = 9007199254740992.0;

}  // namespace

bool ProtobufEventReader::broken() {
  return refusal::refuse(*refusal_, refusal::kInvalidProtobuf,
                         "not a sapa.v1.Event in protobuf's wire format");
}

bool ProtobufEventReader::read(std::string_view bytes, Arena& arena, Value& message,
                               Refusal& refusal) {
  arena_ = &arena;
  refusal_ = &refusal;
  MessageMap fields(Value::of_map(nullptr, 0), kFields.size(), arena);
  WireReader reader(bytes);
  while (reader.next()) {
    if (reader.field >= kFields.size()) continue;
    const FieldShape& shape = kFields[reader.field];
    if (shape.kind == FieldKind::kNone) continue;
    if (reader.type != WireType::kBytes) return broken();
    Value value;
    bool read = false;
    switch (shape.kind) {
      case FieldKind::kText:
        read = read_text(reader.bytes, value);
        break;
      case FieldKind::kTime:
        read = read_time(reader.bytes, value);
        break;
      case FieldKind::kStruct:
        read = read_struct(reader.bytes, 2, value);
        break;
      case FieldKind::kValue:
        read = read_value(reader.bytes, 1, value);
        break;
      case FieldKind::kNone:
        break;
    }
    if (!read) return false;
    fields.set(shape.name, value);
  }
  if (!reader.ok()) return broken();
  message = fields.value();
  return true;
}

bool ProtobufEventReader::read_text(std::string_view bytes, Value& out) {
  if (bytes.size() > limits_.max_string_bytes) return refusal::refuse_string(*refusal_, limits_);
  if (!simdjson::validate_utf8(bytes.data(), bytes.size())) {
    return refusal::refuse(*refusal_, refusal::kInvalidProtobuf, "a string is not UTF-8");
  }
  out = Value::of_string(arena_->copy(bytes));
  return true;
}

bool ProtobufEventReader::read_time(std::string_view bytes, Value& out) {
  int64_t seconds = 0, nanos = 0;
  WireReader reader(bytes);
  while (reader.next()) {
    if (reader.field != 1 && reader.field != 2) continue;
    if (reader.type != WireType::kVarint) return broken();
    (reader.field == 1 ? seconds : nanos) = static_cast<int64_t>(reader.number);
  }
  if (!reader.ok()) return broken();
  if (seconds < kFirstSecond || seconds > kLastSecond || nanos < 0 || nanos > 999'999'999) {
    return refusal::refuse(*refusal_, refusal::kInvalidField,
                           "a google.protobuf.Timestamp lies outside the years 0001 to 9999");
  }
  std::string_view text = arena_->copy(format_rfc3339({seconds * 1000 + nanos / 1'000'000}));
  out = Value::of_string(text);
  return true;
}

bool ProtobufEventReader::read_struct(std::string_view bytes, uint32_t depth, Value& out) {
  if (depth > limits_.max_depth) return refusal::refuse_depth(*refusal_, limits_);
  uint32_t room = 0;
  WireReader counter(bytes);
  while (counter.next()) room += counter.field == 1;
  if (!counter.ok()) return broken();
  MapEntry* entries = arena_->array<MapEntry>(room);
  uint32_t count = 0;
  WireReader reader(bytes);
  while (reader.next()) {
    if (reader.field != 1) continue;
    if (reader.type != WireType::kBytes) return broken();
    MapEntry& entry = entries[count++];
    entry = {Value::of_string({}), Value::null()};
    WireReader pair(reader.bytes);
    while (pair.next()) {
      if (pair.field != 1 && pair.field != 2) continue;
      if (pair.type != WireType::kBytes) return broken();
      bool read = pair.field == 1 ? read_text(pair.bytes, entry.key)
                                  : read_value(pair.bytes, depth, entry.value);
      if (!read) return false;
    }
    if (!pair.ok()) return broken();
  }
  count = merge_equal_keys(entries, count, scratch_);
  out = Value::of_map(entries, count);
  return true;
}

bool ProtobufEventReader::read_list(std::string_view bytes, uint32_t depth, Value& out) {
  if (depth > limits_.max_depth) return refusal::refuse_depth(*refusal_, limits_);
  uint32_t room = 0;
  WireReader counter(bytes);
  while (counter.next()) room += counter.field == 1;
  if (!counter.ok()) return broken();
  Value* items = arena_->array<Value>(room);
  uint32_t count = 0;
  WireReader reader(bytes);
  while (reader.next()) {
    if (reader.field != 1) continue;
    if (reader.type != WireType::kBytes) return broken();
    if (!read_value(reader.bytes, depth, items[count++])) return false;
  }
  out = Value::of_list(items, count);
  return true;
}

bool ProtobufEventReader::read_value(std::string_view bytes, uint32_t depth, Value& out) {
  out = Value::null();
  WireReader reader(bytes);
  while (reader.next()) {
    if (reader.field < 1 || reader.field > 6) continue;
    static constexpr std::array<WireType, 7> kTypes{
        WireType::kVarint, WireType::kVarint, WireType::kFixed64, WireType::kBytes,
        WireType::kVarint, WireType::kBytes,  WireType::kBytes};
    if (reader.type != kTypes[reader.field]) return broken();
    bool read = true;
    switch (reader.field) {
      case 1:
        out = Value::null();
        break;
      case 2:
        read = read_number(reader.number, out);
        break;
      case 3:
        read = read_text(reader.bytes, out);
        break;
      case 4:
        out = Value::of_bool(reader.number != 0);
        break;
      case 5:
        read = read_struct(reader.bytes, depth + 1, out);
        break;
      case 6:
        read = read_list(reader.bytes, depth + 1, out);
        break;
    }
    if (!read) return false;
  }
  return reader.ok() || broken();
}

bool ProtobufEventReader::read_number(uint64_t bits, Value& out) {
  auto number = std::bit_cast<double>(bits);
  if (!std::isfinite(number)) {
    return refusal::refuse(*refusal_, refusal::kInvalidField, "a number is not finite");
  }
  bool whole = number == std::trunc(number) && std::abs(number) <= kLargestWholeNumber;
  if (whole && !(number == 0 && std::signbit(number))) {
    out = Value::of_int(static_cast<int64_t>(number));
  } else {
    out = Value::of_double(number);
  }
  return true;
}

}  // namespace sapa
