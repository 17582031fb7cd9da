#include <cmath>
#include <random>

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "sapa/v1/event.pb.h"
#include "tests/unit/event/decoding.h"

namespace sapa {
namespace {

const std::vector<Header> kProtobuf{{"content-type", "application/x-protobuf"}};

v1::Event from_json(const std::string& json) {
  v1::Event event;
  auto status = google::protobuf::util::JsonStringToMessage(json, &event);
  EXPECT_TRUE(status.ok()) << status.ToString() << "\n" << json;
  return event;
}

/// The map's entries in the order of their keys, throughout: a protobuf map has no order of its
/// own.
Value sorted(const Value& value, Arena& arena) {
  if (value.is(Kind::kList)) {
    Value* items = arena.array<Value>(value.size);
    for (uint32_t i = 0; i < value.size; ++i) items[i] = sorted(value.items[i], arena);
    return Value::of_list(items, value.size);
  }
  if (!value.is(Kind::kMap)) return value;
  MapEntry* entries = arena.array<MapEntry>(value.size);
  for (uint32_t i = 0; i < value.size; ++i) {
    entries[i] = {value.entries[i].key, sorted(value.entries[i].value, arena)};
  }
  std::sort(entries, entries + value.size, [](const MapEntry& a, const MapEntry& b) {
    return a.key.as_string() < b.key.as_string();
  });
  return Value::of_map(entries, value.size);
}

std::string sorted_json(Decoding& d) { return to_json(sorted(d.event.message, d.arena)); }

TEST(ProtobufEvent, IsTheSameAsItsJson) {
  for (
      const char* json :
      {R"({"type":"track","event":"E","userId":"u","anonymousId":"a","messageId":"m",
         "timestamp":"2026-03-01T02:13:05.120Z","sentAt":"2026-03-01T02:13:06.000Z",
         "receivedAt":"2026-03-01T02:13:07.000Z","originalTimestamp":"2026-03-01T02:13:05.000Z",
         "properties":{"a":1,"b":-2.5,"c":"x","d":true,"e":null,"f":[1,[2],{"g":{}}],"h":{}},
         "context":{"timezone":"Asia/Jakarta","locale":"id"},"traits":{"t":"u"},
         "integrations":{"All":false},"channel":"server","version":2})",
       R"({"type":"page","name":"Home","anonymousId":"a","messageId":"m"})",
       R"({"type":"alias","previousId":"p","userId":"u","messageId":"m"})",
       R"({"type":"group","groupId":"g","userId":"u","messageId":"m","traits":{"n":9007199254740992}})"}) {
    Decoding text(json);
    ASSERT_TRUE(text.ok) << text.refusal.reason;
    Decoding wire(from_json(json).SerializeAsString(), kProtobuf);
    ASSERT_TRUE(wire.ok) << wire.refusal.reason;
    EXPECT_EQ(sorted_json(wire), sorted_json(text));
    EXPECT_EQ(wire.event.timestamp, text.event.timestamp);
    EXPECT_EQ(wire.event.name, text.event.name);
    EXPECT_EQ(wire.event.message_id, text.event.message_id);
  }
}

class RandomJson {
 public:
  explicit RandomJson(uint64_t seed) : random_(seed) {}

  std::string object(int depth) {
    std::string out = "{";
    for (uint64_t i = 0, n = random_() % 5; i < n; ++i) {
      out += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":" + value(depth - 1);
    }
    return out + "}";
  }

 private:
  std::string value(int depth) {
    switch (random_() % (depth > 0 ? 7 : 5)) {
      case 0:
        return "null";
      case 1:
        return random_() % 2 ? "true" : "false";
      case 2:
        return std::to_string(static_cast<int64_t>(random_() % 2'000'001) - 1'000'000);
      case 3:
        return std::to_string(static_cast<double>(random_() % 10'007) + 0.5);
      case 4:
        return R"("text \u00e9 \n )" + std::to_string(random_()) + "\"";
      case 5:
        return object(depth);
      default:
        return "[" + value(depth - 1) + "," + value(depth - 1) + "]";
    }
  }

  std::mt19937_64 random_;
};

TEST(ProtobufEvent, IsTheSameAsItsJsonForRandomProperties) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    std::string json = R"({"type":"track","event":"E","userId":"u","messageId":"m","properties":)" +
                       RandomJson(seed).object(6) + "}";
    Decoding text(json);
    ASSERT_TRUE(text.ok) << text.refusal.reason;
    Decoding wire(from_json(json).SerializeAsString(), kProtobuf);
    ASSERT_TRUE(wire.ok) << wire.refusal.reason;
    EXPECT_EQ(sorted_json(wire), sorted_json(text)) << "seed " << seed;
  }
}

TEST(ProtobufEvent, RefusesBrokenBytes) {
  std::string whole =
      from_json(R"({"type":"track","event":"E","userId":"u","properties":{"a":{"b":[1,2]}}})")
          .SerializeAsString();
  size_t refused = 0;
  for (size_t size = 0; size < whole.size(); ++size) {
    refused += !Decoding(whole.substr(0, size), kProtobuf).ok;
  }
  // A cut between two fields leaves a valid message, which then lacks something only at first.
  EXPECT_GE(refused, whole.size() - 2);
  EXPECT_EQ(Decoding("\x0a\xff", kProtobuf).refusal.code, "invalid_protobuf");
  EXPECT_EQ(Decoding(std::string("\x08\x01", 2), kProtobuf).refusal.code, "invalid_protobuf");
  EXPECT_EQ(Decoding("\x0b\x0c", kProtobuf).refusal.code, "invalid_protobuf");
  EXPECT_EQ(Decoding(R"({"type":"track"})", kProtobuf).refusal.code, "invalid_protobuf");
}

TEST(ProtobufEvent, SkipsFieldsOfLaterVersions) {
  std::string bytes = from_json(R"({"type":"track","event":"E","userId":"u"})").SerializeAsString();
  bytes += std::string("\xa2\x06\x03zzz\xa8\x06\x05", 9);  // fields 100 and 101
  EXPECT_TRUE(Decoding(bytes, kProtobuf).ok);
}

TEST(ProtobufEvent, RefusesTextThatIsNotUtf8) {
  std::string bytes = std::string("\x0a\x05track\x12\x02\xff\xfe", 11);
  EXPECT_EQ(refusal_of(Decoding(bytes, kProtobuf)), "invalid_protobuf: a string is not UTF-8");
}

TEST(ProtobufEvent, RefusesNumbersThatJsonDoesNotHave) {
  for (double number : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    v1::Event event = from_json(R"({"type":"track","event":"E","userId":"u"})");
    (*event.mutable_properties()->mutable_fields())["x"].set_number_value(number);
    EXPECT_EQ(refusal_of(Decoding(event.SerializeAsString(), kProtobuf)),
              "invalid_field: a number is not finite");
  }
}

TEST(ProtobufEvent, RefusesTimesOutOfRange) {
  v1::Event event = from_json(R"({"type":"track","event":"E","userId":"u"})");
  for (int64_t seconds : {INT64_MAX, INT64_MIN, int64_t{253402300800}, int64_t{-1}}) {
    event.mutable_timestamp()->set_seconds(seconds);
    EXPECT_EQ(Decoding(event.SerializeAsString(), kProtobuf).refusal.code, "invalid_field");
  }
}

TEST(ProtobufEvent, KeepsToTheLimits) {
  v1::Event event = from_json(R"({"type":"track","event":"E","userId":"u"})");
  google::protobuf::Struct* at = event.mutable_properties();
  for (int i = 2; i < 32; ++i) at = (*at->mutable_fields())["a"].mutable_struct_value();
  EXPECT_TRUE(Decoding(event.SerializeAsString(), kProtobuf).ok);
  (*at->mutable_fields())["a"].mutable_struct_value();
  EXPECT_EQ(Decoding(event.SerializeAsString(), kProtobuf).refusal.code, "too_deep");
  event = from_json(R"({"type":"track","event":"E","userId":"u"})");
  (*event.mutable_properties()->mutable_fields())["a"].set_string_value(std::string(65'537, 'x'));
  EXPECT_EQ(Decoding(event.SerializeAsString(), kProtobuf).refusal.code, "too_large");
}

}  // namespace
}  // namespace sapa
