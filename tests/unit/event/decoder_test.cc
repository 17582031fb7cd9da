#include <gtest/gtest.h>

#include "tests/unit/event/decoding.h"

namespace sapa {
namespace {

TEST(Decoder, ReadsATrackCall) {
  Decoding d(R"({"type":"track","event":"Product Viewed","messageId":"m1","userId":"u1",
    "anonymousId":"a1","timestamp":"2026-03-01T02:13:05.120Z",
    "properties":{"price":349000,"ratio":1.5,"tags":["a","b"]},
    "context":{"timezone":"Asia/Jakarta","locale":"id-ID","traits":{"plan":"pro"}}})");
  ASSERT_TRUE(d.ok) << d.refusal.reason;
  EXPECT_EQ(d.event.type, EventType::kTrack);
  EXPECT_EQ(d.event.name, "Product Viewed");
  EXPECT_EQ(d.event.message_id, "m1");
  EXPECT_EQ(d.event.user_id, "u1");
  EXPECT_EQ(d.event.anonymous_id, "a1");
  EXPECT_EQ(d.event.customer_id(), "u1");
  EXPECT_EQ(format_rfc3339(d.event.timestamp), "2026-03-01T02:13:05.120Z");
  EXPECT_EQ(d.event.time_zone, "Asia/Jakarta");
  EXPECT_EQ(d.event.locale, "id-ID");
  EXPECT_EQ(to_json(d.event.properties), R"({"price":349000,"ratio":1.5,"tags":["a","b"]})");
  EXPECT_EQ(to_json(d.event.traits), R"({"plan":"pro"})");
  EXPECT_FALSE(d.notes.message_id_derived);
}

TEST(Decoder, KeepsUnknownFieldsInTheMessage) {
  Decoding d(R"({"type":"track","event":"E","userId":"u","integrations":{"All":true},"x":[1]})");
  ASSERT_TRUE(d.ok);
  EXPECT_EQ(d.field("integrations"), R"({"All":true})");
  EXPECT_EQ(d.field("x"), "[1]");
}

TEST(Decoder, GivesEveryMessageItsMaps) {
  Decoding d(R"({"type":"track","event":"E","userId":"u","properties":null})");
  ASSERT_TRUE(d.ok);
  for (const char* name : {"properties", "context", "traits"}) EXPECT_EQ(d.field(name), "{}");
  EXPECT_TRUE(d.event.properties.is(Kind::kMap));
  EXPECT_TRUE(d.event.context.is(Kind::kMap));
  EXPECT_TRUE(d.event.traits.is(Kind::kMap));
}

TEST(Decoder, NamesTheCallsThatSegmentLeavesUnnamed) {
  auto name = [](std::string_view rest) {
    std::string json = "{\"userId\":\"u\",\"previousId\":\"p\",\"type\":\"";
    return std::string(Decoding(json + std::string(rest) + "\"}").event.name);
  };
  EXPECT_EQ(name("page"), "Page Viewed");
  EXPECT_EQ(name("screen"), "Screen Viewed");
  EXPECT_EQ(name("identify"), "Identified");
  EXPECT_EQ(name("alias"), "Aliased");
  EXPECT_EQ(name("group"), "Grouped");
}

TEST(Decoder, PutsAPagesNameAmongItsProperties) {
  Decoding d(R"({"type":"page","name":"Home","userId":"u","properties":{"url":"/"}})");
  ASSERT_TRUE(d.ok);
  EXPECT_EQ(to_json(d.event.properties), R"({"url":"/","name":"Home"})");
  EXPECT_EQ(d.field("properties"), R"({"url":"/","name":"Home"})");
  Decoding own(R"({"type":"page","name":"Home","userId":"u","properties":{"name":"Mine"}})");
  EXPECT_EQ(to_json(own.event.properties), R"({"name":"Mine"})");
}

TEST(Decoder, TakesTraitsOfIdentifyAndOtherwiseOfTheContext) {
  Decoding identify(
      R"({"type":"identify","userId":"u","traits":{"age":30},"context":{"traits":{"age":1}}})");
  EXPECT_EQ(to_json(identify.event.traits), R"({"age":30})");
  Decoding group(R"({"type":"group","userId":"u","groupId":"g","traits":{"size":9}})");
  EXPECT_EQ(to_json(group.event.traits), "{}") << "a group's traits are not the customer's";
  EXPECT_EQ(group.field("traits"), R"({"size":9})");
}

TEST(Decoder, TurnsNumbersAsIdsIntoText) {
  Decoding d(
      R"({"type":"alias","userId":12345678901234,"previousId":7,"messageId":18446744073709551615})");
  ASSERT_TRUE(d.ok) << d.refusal.reason;
  EXPECT_EQ(d.event.user_id, "12345678901234");
  EXPECT_EQ(d.event.previous_id, "7");
  EXPECT_EQ(d.event.message_id, "18446744073709551615");
  EXPECT_EQ(d.field("userId"), "\"12345678901234\"");
}

TEST(Decoder, RefusesNumbersAsIdsThatAreNotWhole) {
  // As doubles they would be rounded, and two customers become one.
  for (const char* id : {"1.5", "1e3", "123456789012345678901", "-1e400"}) {
    Decoding d(R"({"type":"identify","userId":)" + std::string(id) + "}");
    EXPECT_FALSE(d.ok) << id;
  }
}

TEST(Decoder, ReadsIntegersBeyond64BitsAsDoubles) {
  Decoding d(
      R"({"type":"identify","userId":"12345678901234567890123","traits":{"\"n":-12345678901234567890,)"
      R"("list":[18446744073709551616,18446744073709551615, 1]}})");
  ASSERT_TRUE(d.ok) << d.refusal.reason;
  EXPECT_EQ(d.event.user_id, "12345678901234567890123");
  EXPECT_EQ(
      to_json(d.event.traits),
      R"({"\"n":-12345678901234567168,"list":[18446744073709551616,"18446744073709551615",1]})");
}

TEST(Decoder, DerivesAMissingMessageIdFromTheRecordsBytes) {
  const char* record = R"({"type":"track","event":"E","userId":"u"})";
  Decoding first(record), again(record);
  Decoding other(R"({"type":"track","event":"E","userId":"v"})");
  ASSERT_TRUE(first.ok);
  EXPECT_TRUE(first.notes.message_id_derived);
  EXPECT_EQ(first.event.message_id.size(), 37u);
  EXPECT_TRUE(first.event.message_id.starts_with("sapa-"));
  EXPECT_EQ(first.event.message_id, again.event.message_id);
  EXPECT_NE(first.event.message_id, other.event.message_id);
  EXPECT_EQ(first.field("messageId"), "\"" + std::string(first.event.message_id) + "\"");
}

TEST(Decoder, DerivedMessageIdsNeverChange) {
  // Stored for deduplication, so a new version must give the same.
  Decoding d(R"({"type":"track","event":"E","userId":"u"})");
  EXPECT_EQ(d.event.message_id, "sapa-2bf853b10f362f1e998ea3dfe58ad7c8");
}

TEST(Decoder, RefusesWithTheNameOfTheField) {
  auto why = [](std::string_view json) { return refusal_of(Decoding(json)); };
  EXPECT_EQ(why(R"({"event":"E","userId":"u"})"), "missing_field: type is missing");
  EXPECT_EQ(why(R"({"type":"trak","event":"E","userId":"u"})"),
            "invalid_field: type must be track, identify, page, screen, alias or group, not "
            "\"trak\"");
  EXPECT_EQ(why(R"({"type":1,"userId":"u"})"),
            "invalid_field: type must be track, identify, page, screen, alias or group, not int");
  EXPECT_EQ(why(R"({"type":"track","userId":"u"})"), "missing_field: event is missing");
  EXPECT_EQ(why(R"({"type":"track","event":"","userId":"u"})"), "missing_field: event is empty");
  EXPECT_EQ(why(R"({"type":"track","event":5,"userId":"u"})"),
            "invalid_field: event must be a string");
  EXPECT_EQ(why(R"({"type":"track","event":"E","userId":"","anonymousId":null})"),
            "missing_field: userId and anonymousId are both missing");
  EXPECT_EQ(why(R"({"type":"track","event":"E","userId":true})"),
            "invalid_field: userId must be a string or a 64-bit integer");
  EXPECT_EQ(why(R"({"type":"alias","userId":"u"})"), "missing_field: previousId is missing");
  EXPECT_EQ(why(R"({"type":"track","event":"E","userId":"u","properties":[]})"),
            "invalid_field: properties must be an object");
  EXPECT_EQ(why(R"({"type":"track","event":"E","userId":"u","context":"x"})"),
            "invalid_field: context must be an object");
  EXPECT_EQ(why(R"({"type":"identify","userId":"u","traits":1})"),
            "invalid_field: traits must be an object");
  EXPECT_EQ(why(R"([1])"), "invalid_json: an event must be a JSON object");
}

TEST(Decoder, RefusesWhatIsNotJson) {
  for (const char* text : {"", " ", "{", "nope", "{}{}", "{\"a\":\"\xFF\"}"}) {
    Decoding d(text);
    EXPECT_FALSE(d.ok);
    EXPECT_EQ(d.refusal.code, "invalid_json") << text;
  }
}

TEST(Decoder, TheLastOfTwoEqualKeysCounts) {
  Decoding d(R"({"type":"page","event":"A","type":"track","userId":"u","event":"B"})");
  ASSERT_TRUE(d.ok);
  EXPECT_EQ(d.event.type, EventType::kTrack);
  EXPECT_EQ(d.event.name, "B");
}

TEST(Decoder, MergesEqualKeysOfLargeObjectsToo) {
  std::string properties, expected;
  for (int i = 0; i < 100; ++i) {
    properties += (i ? ",\"k" : "\"k") + std::to_string(i % 60) + "\":" + std::to_string(i);
  }
  for (int k = 0; k < 60; ++k) {
    expected +=
        (k ? ",\"k" : "\"k") + std::to_string(k) + "\":" + std::to_string(k < 40 ? k + 60 : k);
  }
  Decoding d(R"({"type":"track","event":"E","userId":"u","properties":{)" + properties + "}}");
  ASSERT_TRUE(d.ok);
  EXPECT_EQ(to_json(d.event.properties), "{" + expected + "}");
}

TEST(Decoder, ReadsTraceparentFromTheHeaderIfItIsOne) {
  const char* json = R"({"type":"track","event":"E","userId":"u"})";
  const char* good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(Decoding(json, {{"traceparent", good}}).event.traceparent, good);
  EXPECT_EQ(Decoding(json, {{"traceparent", "00-zz"}}).event.traceparent, "");
  EXPECT_EQ(Decoding(json).event.traceparent, "");
}

TEST(Decoder, RefusesUnknownContentTypes) {
  Decoding d(R"({"type":"track","event":"E","userId":"u"})", {{"content-type", "text/csv"}});
  EXPECT_EQ(refusal_of(d),
            "unknown_content_type: content-type \"text/csv\" is none of JSON, protobuf and "
            "CloudEvents");
}

TEST(Decoder, ReadsAMessageThatIsParsedAlready) {
  JsonReader json;
  Arena arena;
  auto value = json.read(R"({"type":"track","event":"E","userId":7})", arena);
  ASSERT_TRUE(value.ok());
  Decoder decoder;
  Event event;
  DecodeNotes notes;
  Refusal refusal;
  ASSERT_TRUE(decoder.decode_message(*value, kReceived, true, arena, event, notes, refusal));
  EXPECT_EQ(event.user_id, "7");
  EXPECT_EQ(event.timestamp, kReceived);
  EXPECT_TRUE(notes.message_id_derived);
  EXPECT_FALSE(
      decoder.decode_message(Value::of_int(1), kReceived, true, arena, event, notes, refusal));
  EXPECT_EQ(refusal.code, "invalid_json");
}

TEST(Decoder, OneDecoderReadsManyRecordsInARow) {
  Decoder decoder;
  Arena arena;
  Event event;
  DecodeNotes notes;
  Refusal refusal;
  for (int i = 0; i < 100; ++i) {
    arena.reset();
    std::string json = R"({"type":"track","event":"E)" +
                       std::string(static_cast<size_t>(i) * 50, 'x').substr(0, 200) +
                       R"(","userId":")" + std::to_string(i) + R"("})";
    std::string broken = json.substr(0, json.size() / 2);
    RawRecord bad{"", broken, {}, kReceived}, good{"", json, {}, kReceived};
    EXPECT_FALSE(decoder.decode(bad, true, arena, event, notes, refusal));
    ASSERT_TRUE(decoder.decode(good, true, arena, event, notes, refusal)) << refusal.reason;
    EXPECT_EQ(event.user_id, std::to_string(i));
  }
}

TEST(SegmentJson, DecodesToTheSameEventAgain) {
  for (
      const char* json :
      {R"({"type":"track","event":"E","userId":"u","timestamp":"2026-03-01T02:00:00Z",)"
       R"("sentAt":"2026-03-01T02:00:10Z","properties":{"a":"\u00e9\n"}})",
       R"({"type":"identify","anonymousId":"a","traits":{"x":1}})",
       R"({"type":"page","name":"Home","userId":"u","originalTimestamp":"2026-03-01T01:00:00Z"})"}) {
    Decoding first(json);
    ASSERT_TRUE(first.ok) << first.refusal.reason;
    std::string out;
    append_segment_json(first.event, out);
    Decoding again(out, {}, {}, true, kReceived + hours(1));
    ASSERT_TRUE(again.ok) << again.refusal.reason << "\n" << out;
    EXPECT_EQ(again.event.timestamp, first.event.timestamp);
    EXPECT_EQ(again.event.message_id, first.event.message_id);
    EXPECT_EQ(again.event.name, first.event.name);
    EXPECT_EQ(to_json(again.event.properties), to_json(first.event.properties));
    EXPECT_EQ(to_json(again.event.traits), to_json(first.event.traits));
    std::string twice;
    append_segment_json(again.event, twice);
    EXPECT_EQ(twice, out);
  }
}

TEST(SegmentJson, KeepsNumbersExactly) {
  std::string numbers =
      "[1,1.0,-0.0,9007199254740993,-9223372036854775808,18446744073709551615,1e+300,0.1]";
  Decoding d(R"({"type":"track","event":"E","userId":"u","x":)" + numbers + "}");
  ASSERT_TRUE(d.ok) << d.refusal.reason;
  std::string out;
  append_segment_json(d.event, out);
  EXPECT_NE(out.find("\"x\":" + numbers), std::string::npos) << out;
}

TEST(EventType, NamesReadBack) {
  for (EventType type : {EventType::kTrack, EventType::kIdentify, EventType::kPage,
                         EventType::kScreen, EventType::kAlias, EventType::kGroup}) {
    EventType read{};
    ASSERT_TRUE(parse_event_type(event_type_name(type), read));
    EXPECT_EQ(read, type);
  }
  EventType read{};
  EXPECT_FALSE(parse_event_type("Track", read));
}

}  // namespace
}  // namespace sapa
