#include <gtest/gtest.h>

#include "engine/event/base64.h"
#include "engine/message/trigger_encoder.h"
#include "sapa/v1/cloud_event.pb.h"
#include "sapa/v1/event.pb.h"
#include "tests/unit/event/decoding.h"

namespace sapa {
namespace {

const std::vector<Header> kStructured{{"content-type", "application/cloudevents+json"}};
const std::vector<Header> kProtobuf{{"content-type", "application/cloudevents+protobuf"}};

std::string cloud_event(std::string_view rest) {
  return R"({"specversion":"1.0","id":"i1","source":"/app","type":"com.shop.viewed")" +
         std::string(rest) + "}";
}

std::vector<Header> binary_headers(std::vector<Header> more = {}) {
  std::vector<Header> all{{"ce_specversion", "1.0"},
                          {"ce_id", "i1"},
                          {"ce_source", "/app"},
                          {"ce_type", "com.shop.viewed"}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST(CloudEvent, WithPlainDataIsATrackNamedByItsType) {
  Decoding d(cloud_event(
                 R"(,"subject":"u1","time":"2026-03-01T02:00:00Z","shopext":5,"data":{"price":5})"),
             kStructured);
  ASSERT_TRUE(d.ok) << d.refusal.reason;
  EXPECT_EQ(d.event.type, EventType::kTrack);
  EXPECT_EQ(d.event.name, "com.shop.viewed");
  EXPECT_EQ(d.event.user_id, "u1");
  EXPECT_EQ(d.event.message_id, "i1");
  EXPECT_EQ(format_rfc3339(d.event.timestamp), "2026-03-01T02:00:00.000Z");
  EXPECT_EQ(to_json(d.event.properties), R"({"price":5})");
  EXPECT_EQ(to_json(d.event.message.field("cloudevent").field("source")), "\"/app\"");
  EXPECT_EQ(to_json(d.event.message.field("cloudevent").field("shopext")), "5");
}

TEST(CloudEvent, WithASegmentCallIsThatCall) {
  Decoding d(cloud_event(
                 R"(,"subject":"other","time":"2020-01-01T00:00:00Z","data":{"type":"track",)"
                 R"("event":"E","userId":"u","messageId":"m","timestamp":"2026-03-01T02:00:00Z"})"),
             kStructured);
  ASSERT_TRUE(d.ok) << d.refusal.reason;
  EXPECT_EQ(d.event.name, "E");
  EXPECT_EQ(d.event.user_id, "u");
  EXPECT_EQ(d.event.message_id, "m");
  EXPECT_EQ(format_rfc3339(d.event.timestamp), "2026-03-01T02:00:00.000Z");
}

TEST(CloudEvent, FillsWhatASegmentCallLacks) {
  Decoding d(cloud_event(R"(,"subject":"u","time":"2026-03-01T02:00:00Z","data":{"type":"track"})"),
             kStructured);
  ASSERT_TRUE(d.ok) << d.refusal.reason;
  EXPECT_EQ(d.event.name, "com.shop.viewed");
  EXPECT_EQ(d.event.user_id, "u");
  EXPECT_EQ(d.event.message_id, "i1");
  EXPECT_EQ(format_rfc3339(d.event.timestamp), "2026-03-01T02:00:00.000Z");
  Decoding anonymous(cloud_event(R"(,"subject":"u","data":{"type":"identify","anonymousId":"a"})"),
                     kStructured);
  EXPECT_EQ(anonymous.event.user_id, "") << "a subject does not name a user beside an anonymousId";
}

TEST(CloudEvent, WithoutASubjectNeedsAnIdInItsData) {
  EXPECT_EQ(refusal_of(Decoding(cloud_event(R"(,"data":{"a":1})"), kStructured)),
            "missing_field: userId and anonymousId are both missing");
  EXPECT_EQ(Decoding(cloud_event(R"(,"data":{"userId":"u"})"), kStructured).event.user_id, "u");
}

TEST(CloudEvent, MayHaveNoData) {
  Decoding d(cloud_event(R"(,"subject":"u")"), kStructured);
  ASSERT_TRUE(d.ok) << d.refusal.reason;
  EXPECT_EQ(to_json(d.event.properties), "{}");
}

TEST(CloudEvent, DataMayBeBase64) {
  Decoding json(
      cloud_event(R"(,"subject":"u","data_base64":")" + encode_base64(R"({"a":1})") + "\""),
      kStructured);
  ASSERT_TRUE(json.ok) << json.refusal.reason;
  EXPECT_EQ(to_json(json.event.properties), R"({"a":1})");
  v1::Event event;
  event.set_type("track");
  event.set_event("E");
  event.set_user_id("u");
  Decoding protobuf(cloud_event(R"(,"datacontenttype":"application/protobuf","data_base64":")" +
                                encode_base64(event.SerializeAsString()) + "\""),
                    kStructured);
  ASSERT_TRUE(protobuf.ok) << protobuf.refusal.reason;
  EXPECT_EQ(protobuf.event.name, "E");
}

TEST(CloudEvent, MustFollowTheRulesOfItsAttributes) {
  auto why = [](std::string_view json) { return refusal_of(Decoding(json, kStructured)); };
  auto with = [&](std::string_view rest) { return why(cloud_event(rest)); };
  std::string prefix = "invalid_cloudevent: ";
  EXPECT_EQ(why(R"({"id":"i","source":"/","type":"t"})"), prefix + "specversion is missing");
  EXPECT_EQ(why(R"({"specversion":"0.3","id":"i","source":"/","type":"t"})"),
            prefix + "specversion must be \"1.0\", not \"0.3\"");
  EXPECT_EQ(why(R"({"specversion":"1.0","source":"/","type":"t"})"), prefix + "id is missing");
  EXPECT_EQ(why(R"({"specversion":"1.0","id":"","source":"/","type":"t"})"),
            prefix + "id must be a string that is not empty");
  EXPECT_EQ(why(R"({"specversion":"1.0","id":"i","type":"t"})"), prefix + "source is missing");
  EXPECT_EQ(why(R"({"specversion":"1.0","id":"i","source":"a b","type":"t"})"),
            prefix + "source and dataschema must be URIs");
  EXPECT_EQ(why(R"({"specversion":"1.0","id":"i","source":"/"})"), prefix + "type is missing");
  EXPECT_EQ(why(R"({"specversion":1.0,"id":"i","source":"/","type":"t"})"),
            prefix + "specversion must be a string that is not empty");
  for (const char* time : {"\"2026-03-01\"", "\"2026-03-01 10:00:00Z\"", "\"now\""}) {
    EXPECT_EQ(with(std::string(",\"time\":") + time), prefix + "time must be an RFC 3339 time");
  }
  EXPECT_EQ(with(R"(,"ext":{"a":1})"),
            prefix + "attribute \"ext\" must be a string, a number or a boolean");
  EXPECT_EQ(with(R"(,"subject":5)"), prefix + "subject must be a string that is not empty");
  EXPECT_EQ(with(R"(,"data":{},"data_base64":"")"),
            prefix + "data and data_base64 exclude each other");
  EXPECT_EQ(with(R"(,"data_base64":"... not base64 ...")"), prefix + "data_base64 is not base64");
  EXPECT_EQ(with(R"(,"subject":"u","data":1.5)"), prefix + "data must be an object");
  EXPECT_EQ(with(R"(,"subject":null,"data":"text")"), prefix + "data must be an object");
  EXPECT_EQ(why("[]"), prefix + "a structured CloudEvent must be a JSON object");
  EXPECT_EQ(with(R"(,"datacontenttype":"text/xml","data":"<a/>")"),
            "unknown_content_type: data of content type \"text/xml\" is neither JSON nor a "
            "sapa.v1.Event in protobuf");
}

TEST(CloudEvent, BatchesAreRefused) {
  Decoding d("[]", {{"content-type", "application/cloudevents-batch+json"}});
  EXPECT_EQ(d.refusal.code, "unknown_content_type");
  EXPECT_NE(d.refusal.reason.find("batch"), std::string::npos);
}

TEST(CloudEvent, IsToldByTheHeaderAlone) {
  EXPECT_EQ(refusal_of(Decoding(cloud_event(R"(,"subject":"u")"))),
            "invalid_field: type must be track, identify, page, screen, alias or group, not "
            "\"com.shop.viewed\"");
}

TEST(CloudEvent, InBinaryModeHasItsAttributesInHeaders) {
  Decoding d(R"({"price":5})",
             binary_headers({{"ce_subject", "u1"},
                             {"ce_time", "2026-03-01T02:00:00Z"},
                             {"ce_myext", "v"},
                             {"Content-Type", "application/json; charset=utf-8"}}));
  ASSERT_TRUE(d.ok) << d.refusal.reason;
  EXPECT_EQ(d.event.name, "com.shop.viewed");
  EXPECT_EQ(d.event.user_id, "u1");
  EXPECT_EQ(d.event.message_id, "i1");
  EXPECT_EQ(format_rfc3339(d.event.timestamp), "2026-03-01T02:00:00.000Z");
  EXPECT_EQ(to_json(d.event.properties), R"({"price":5})");
  EXPECT_EQ(to_json(d.event.message.field("cloudevent").field("myext")), "\"v\"");
}

TEST(CloudEvent, InBinaryModeCarriesProtobuf) {
  v1::Event event;
  event.set_type("identify");
  event.set_user_id("u");
  Decoding d(event.SerializeAsString(), binary_headers({{"content-type", "application/protobuf"}}));
  ASSERT_TRUE(d.ok) << d.refusal.reason;
  EXPECT_EQ(d.event.type, EventType::kIdentify);
  EXPECT_EQ(d.event.message_id, "i1");
}

TEST(CloudEvent, InBinaryModeMustBeWhole) {
  EXPECT_EQ(refusal_of(Decoding("{}", {{"ce_id", "i"}, {"ce_source", "/"}, {"ce_type", "t"}})),
            "invalid_cloudevent: specversion is missing");
  EXPECT_EQ(refusal_of(Decoding("{}", {{"ce_specversion", "1.0"}})),
            "invalid_cloudevent: id is missing");
  EXPECT_EQ(refusal_of(Decoding("{}", binary_headers({{"ce_subject", "\xFF"}}))),
            "invalid_cloudevent: a ce_ header is not UTF-8");
  EXPECT_EQ(Decoding("<a/>", binary_headers({{"content-type", "text/xml"}})).refusal.code,
            "unknown_content_type");
  EXPECT_TRUE(Decoding("", binary_headers({{"ce_subject", "u"}})).ok) << "data may be missing";
}

TEST(CloudEvent, TracesByItsExtensionUnlessTheRecordHasItsOwn) {
  std::string ours = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  std::string theirs = "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-00";
  std::string json = cloud_event(R"(,"subject":"u","traceparent":")" + ours + "\"");
  EXPECT_EQ(Decoding(json, kStructured).event.traceparent, ours);
  EXPECT_EQ(Decoding(json, {kStructured[0], {"traceparent", theirs}}).event.traceparent, theirs);
}

v1::CloudEvent protobuf_cloud_event() {
  v1::CloudEvent event;
  event.set_id("i1");
  event.set_source("/app");
  event.set_spec_version("1.0");
  event.set_type("com.shop.viewed");
  (*event.mutable_attributes())["subject"].set_text("u1");
  (*event.mutable_attributes())["time"].mutable_timestamp()->set_seconds(1772330400);
  return event;
}

TEST(CloudEvent, ComesInProtobufFormatToo) {
  v1::CloudEvent event = protobuf_cloud_event();
  event.set_text_data(R"({"price":5})");
  Decoding text(event.SerializeAsString(), kProtobuf);
  ASSERT_TRUE(text.ok) << text.refusal.reason;
  EXPECT_EQ(text.event.user_id, "u1");
  EXPECT_EQ(format_rfc3339(text.event.timestamp), "2026-03-01T02:00:00.000Z");
  EXPECT_EQ(to_json(text.event.properties), R"({"price":5})");
  v1::Event inner;
  inner.set_type("track");
  inner.set_event("E");
  event.mutable_proto_data()->PackFrom(inner);
  Decoding packed(event.SerializeAsString(), kProtobuf);
  ASSERT_TRUE(packed.ok) << packed.refusal.reason;
  EXPECT_EQ(packed.event.name, "E");
  EXPECT_EQ(packed.event.user_id, "u1");
}

TEST(CloudEvent, InProtobufFormatIsCheckedLikeTheOthers) {
  v1::CloudEvent event = protobuf_cloud_event();
  event.clear_id();
  EXPECT_EQ(refusal_of(Decoding(event.SerializeAsString(), kProtobuf)),
            "invalid_cloudevent: id is missing");
  EXPECT_EQ(Decoding("\xFF\xFF", kProtobuf).refusal.code, "invalid_protobuf");
  event = protobuf_cloud_event();
  event.mutable_proto_data()->set_type_url("type.googleapis.com/other.Thing");
  EXPECT_EQ(Decoding(event.SerializeAsString(), kProtobuf).refusal.code, "unknown_content_type");
}

TEST(CloudEvent, HasAtMost256Attributes) {
  v1::CloudEvent event = protobuf_cloud_event();
  std::string fields = R"(,"subject":"u")";
  std::vector<std::string> names;
  for (int i = 0; i < 260; ++i) names.push_back("ce_x" + std::to_string(i));
  std::vector<Header> headers = binary_headers({{"ce_subject", "u"}});
  for (const std::string& name : names) {
    fields += ",\"" + name.substr(3) + "\":1";
    headers.push_back({name, "1"});
    (*event.mutable_attributes())[name.substr(3)].set_integer(1);
  }
  EXPECT_EQ(Decoding(cloud_event(fields), kStructured).refusal.code, "too_large");
  EXPECT_EQ(Decoding("{}", headers).refusal.code, "too_large");
  EXPECT_EQ(Decoding(event.SerializeAsString(), kProtobuf).refusal.code, "too_large");
}

TEST(CloudEvent, HasItsProtobufAttributesByTheirKinds) {
  v1::CloudEvent event = protobuf_cloud_event();
  auto& attributes = *event.mutable_attributes();
  attributes["flag"].set_boolean(true);
  attributes["number"].set_integer(-5);
  attributes["bytes"].set_binary("foob");
  attributes["uri"].set_uri("https://a/b");
  attributes["reference"].set_uri_reference("/b");
  attributes["unset"];
  Decoding d(event.SerializeAsString(), kProtobuf);
  ASSERT_TRUE(d.ok) << d.refusal.reason;
  Value read = d.event.message.field("cloudevent");
  EXPECT_EQ(to_json(read.field("flag")), "true");
  EXPECT_EQ(to_json(read.field("number")), "-5");
  EXPECT_EQ(to_json(read.field("bytes")), "\"Zm9vYg==\"");
  EXPECT_EQ(to_json(read.field("uri")), "\"https://a/b\"");
  EXPECT_EQ(to_json(read.field("reference")), "\"/b\"");
  EXPECT_EQ(to_json(read.field("unset")), "null");
  EXPECT_EQ(to_json(read.field("time")), "\"2026-03-01T02:00:00.000Z\"");
}

TEST(CloudEvent, OfATriggerReadsBackAsAnEvent) {
  // What the engine puts out is a CloudEvent by its own rules.
  Trigger trigger;
  trigger.trigger_id = "t1";
  trigger.campaign = "c";
  trigger.user_id = "u1";
  trigger.time = kReceived;
  std::string out;
  append_trigger_cloudevent(trigger, WireFormat::kJson, out);
  Decoding d(out, kStructured);
  ASSERT_TRUE(d.ok) << d.refusal.reason << "\n" << out;
  EXPECT_EQ(d.event.message_id, "t1");
  EXPECT_EQ(d.event.user_id, "u1");
  EXPECT_EQ(d.event.timestamp, kReceived);
}

}  // namespace
}  // namespace sapa
