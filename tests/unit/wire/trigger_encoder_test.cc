#include "engine/message/trigger_encoder.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "engine/base/json.h"
#include "sapa/v1/cloud_event.pb.h"
#include "sapa/v1/trigger.pb.h"

namespace sapa {
namespace {

using google::protobuf::util::JsonStringToMessage;
using google::protobuf::util::MessageDifferencer;

const Button kButtons[] = {{"Buy \"now\"", "shop://buy"}, {"Later", ""}};
const DataEntry kData[] = {{"category", "kitchen"}, {"note", "é\n\x01"}};

Trigger full_trigger() {
  Trigger trigger;
  trigger.trigger_id = "t1";
  trigger.campaign = "category-interest";
  trigger.campaign_version = "v9";
  trigger.user_id = "u1";
  trigger.anonymous_id = "a1";
  trigger.channel = Channel::kPush;
  trigger.time = Timestamp{1772331185120};
  trigger.expires_at = Timestamp{1772331485000};
  trigger.priority = 50;
  trigger.collapse_key = "k";
  trigger.variant = "B";
  trigger.control = true;
  trigger.locale = "id-ID";
  trigger.source_message_id = "m1";
  trigger.content = {"Title", "Body", "https://x/y.png", "shop://c", kButtons, kData};
  trigger.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  return trigger;
}

Trigger bare_trigger() {
  Trigger trigger;
  trigger.trigger_id = "t2";
  trigger.campaign = "c";
  trigger.anonymous_id = "a";
  trigger.time = Timestamp{0};
  trigger.expires_at = Timestamp::never();
  return trigger;
}

std::string json_of(const Trigger& trigger) {
  std::string out;
  append_trigger_json(trigger, out);
  return out;
}

std::string protobuf_of(const Trigger& trigger) {
  std::string out;
  append_trigger_protobuf(trigger, out);
  return out;
}

TEST(TriggerJson, HasTheNamesOfTheContract) {
  EXPECT_EQ(
      json_of(full_trigger()),
      R"({"triggerId":"t1","campaign":"category-interest","campaignVersion":"v9","userId":"u1",)"
      R"("anonymousId":"a1","channel":"push","time":"2026-03-01T02:13:05.120Z",)"
      R"("expiresAt":"2026-03-01T02:18:05.000Z","priority":50,"collapseKey":"k","variant":"B",)"
      R"("control":true,"locale":"id-ID","sourceMessageId":"m1","content":{"title":"Title",)"
      R"("body":"Body","image":"https://x/y.png","link":"shop://c","buttons":[{"label":)"
      R"("Buy \"now\"","link":"shop://buy"},{"label":"Later"}],"data":{"category":"kitchen",)"
      R"("note":"é\n\u0001"}},"traceparent":)"
      R"("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})");
}

TEST(TriggerJson, LeavesOutWhatIsEmpty) {
  EXPECT_EQ(json_of(bare_trigger()),
            R"({"triggerId":"t2","campaign":"c","userId":"","anonymousId":"a","channel":"popup",)"
            R"("time":"1970-01-01T00:00:00.000Z"})");
}

TEST(TriggerJson, AppendsAndDoesNotClear) {
  std::string out = "x";
  append_trigger(bare_trigger(), WireFormat::kJson, out);
  EXPECT_EQ(out, "x" + json_of(bare_trigger()));
}

TEST(TriggerProtobuf, IsTheSameMessageAsTheJson) {
  for (const Trigger& trigger : {full_trigger(), bare_trigger()}) {
    v1::Trigger from_json, from_wire;
    auto status = JsonStringToMessage(json_of(trigger), &from_json);
    ASSERT_TRUE(status.ok()) << status.ToString();
    ASSERT_TRUE(from_wire.ParseFromString(protobuf_of(trigger)));
    EXPECT_TRUE(MessageDifferencer::Equals(from_json, from_wire))
        << from_json.DebugString() << from_wire.DebugString();
  }
}

TEST(TriggerProtobuf, ReadsBackThroughItsStandardJson) {
  v1::Trigger wire;
  ASSERT_TRUE(wire.ParseFromString(protobuf_of(full_trigger())));
  std::string printed;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(wire, &printed).ok());
  JsonReader reader;
  Arena arena;
  auto theirs = reader.read(printed, arena);
  auto ours = reader.read(json_of(full_trigger()), arena);
  ASSERT_TRUE(theirs.ok() && ours.ok());
  EXPECT_EQ(theirs->size, ours->size) << printed;
  for (uint32_t i = 0; i < ours->size; ++i) {
    std::string_view name = ours->entries[i].key.as_string();
    if (name == "expiresAt" || name == "content") continue;  // fraction and order of maps are free
    EXPECT_EQ(to_json(theirs->field(name)), to_json(ours->entries[i].value)) << name;
  }
}

TEST(TriggerProtobuf, IsTheSameBytesEachTime) {
  std::vector<std::string> names;
  std::vector<DataEntry> data;
  for (int i = 0; i < 50; ++i) names.push_back("name" + std::to_string(i));
  for (const std::string& name : names) data.push_back({name, "v"});
  Trigger trigger = full_trigger();
  trigger.content.data = data;
  std::string first = protobuf_of(trigger);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(protobuf_of(trigger), first);
}

TEST(TriggerProtobuf, ReplacesBytesThatAreNotText) {
  Trigger trigger = bare_trigger();
  trigger.content.title =
      "a\xFF"
      "b";
  v1::Trigger read;
  ASSERT_TRUE(read.ParseFromString(protobuf_of(trigger)));
  EXPECT_EQ(read.content().title(),
            "a\xEF\xBF\xBD"
            "b");
  v1::Trigger from_json;
  ASSERT_TRUE(JsonStringToMessage(json_of(trigger), &from_json).ok());
  EXPECT_EQ(from_json.content().title(), read.content().title());
}

TEST(TriggerCloudEvent, CarriesTheTriggerAsData) {
  Trigger trigger = full_trigger();
  trigger.campaign = "sale 50%/ü";
  std::string out;
  append_trigger_cloudevent(trigger, WireFormat::kJson, out);
  JsonReader reader;
  Arena arena;
  auto event = reader.read(out, arena);
  ASSERT_TRUE(event.ok()) << out;
  auto text = [&](std::string_view name) { return std::string(event->field(name).as_string()); };
  EXPECT_EQ(text("specversion"), "1.0");
  EXPECT_EQ(text("id"), "t1");
  EXPECT_EQ(text("source"), "/sapa/campaigns/sale%2050%25%2F%C3%BC");
  EXPECT_EQ(text("type"), "io.sapa.trigger.v1");
  EXPECT_EQ(text("time"), "2026-03-01T02:13:05.120Z");
  EXPECT_EQ(text("subject"), "u1");
  EXPECT_EQ(text("traceparent"), trigger.traceparent);
  EXPECT_EQ(text("datacontenttype"), "application/json");
  EXPECT_EQ(to_json(event->field("data")), json_of(trigger));
}

TEST(TriggerCloudEvent, OfAnAnonymousCustomerHasThatSubject) {
  std::string out;
  append_trigger_cloudevent(bare_trigger(), WireFormat::kJson, out);
  EXPECT_NE(out.find(R"("subject":"a")"), std::string::npos) << out;
}

TEST(TriggerCloudEvent, ComesInProtobufFormatToo) {
  std::string out;
  append_trigger_cloudevent(full_trigger(), WireFormat::kProtobuf, out);
  v1::CloudEvent event;
  ASSERT_TRUE(event.ParseFromString(out));
  EXPECT_EQ(event.id(), "t1");
  EXPECT_EQ(event.spec_version(), "1.0");
  EXPECT_EQ(event.source(), "/sapa/campaigns/category-interest");
  EXPECT_EQ(event.attributes().at("subject").text(), "u1");
  EXPECT_EQ(event.attributes().at("time").timestamp().seconds(), 1772331185);
  v1::Trigger inner;
  ASSERT_TRUE(event.proto_data().UnpackTo(&inner));
  EXPECT_EQ(inner.SerializeAsString().size(), protobuf_of(full_trigger()).size());
  EXPECT_EQ(inner.trigger_id(), "t1");
}

TEST(WireFormat, HasItsContentTypes) {
  EXPECT_EQ(content_type(WireFormat::kJson), "application/json");
  EXPECT_EQ(content_type(WireFormat::kProtobuf), "application/protobuf");
  EXPECT_EQ(cloudevent_content_type(WireFormat::kJson), "application/cloudevents+json");
  EXPECT_EQ(cloudevent_content_type(WireFormat::kProtobuf), "application/cloudevents+protobuf");
}

TEST(Channel, NamesReadBackAndAreDistinct) {
  EXPECT_EQ(all_channels().size(), 6u);
  for (Channel channel : all_channels()) {
    Channel read{};
    ASSERT_TRUE(parse_channel(channel_name(channel), read));
    EXPECT_EQ(read, channel);
  }
  Channel untouched = Channel::kEmail;
  EXPECT_FALSE(parse_channel("Popup", untouched));
  EXPECT_EQ(untouched, Channel::kEmail);
}

}  // namespace
}  // namespace sapa
