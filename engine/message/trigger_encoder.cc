#include "engine/message/trigger_encoder.h"

#include "engine/message/json_fields.h"
#include "engine/message/protobuf_text.h"
#include "sapa/v1/cloud_event.pb.h"
#include "sapa/v1/trigger.pb.h"

namespace sapa {
namespace {

bool is_empty(const Content& content) {
  return content.title.empty() && content.body.empty() && content.image.empty() &&
         content.link.empty() && content.buttons.empty() && content.data.empty();
}

void append_buttons(std::span<const Button> buttons, std::string& out) {
  out += '[';
  bool first = true;
  for (const Button& button : buttons) {
    if (!first) out += ',';
    first = false;
    JsonFields fields(out);
    fields.text_unless_empty("label", button.label);
    fields.text_unless_empty("link", button.link);
  }
  out += ']';
}

void append_content(const Content& content, std::string& out) {
  JsonFields fields(out);
  fields.text_unless_empty("title", content.title);
  fields.text_unless_empty("body", content.body);
  fields.text_unless_empty("image", content.image);
  fields.text_unless_empty("link", content.link);
  if (!content.buttons.empty()) append_buttons(content.buttons, fields.key("buttons"));
  if (content.data.empty()) return;
  JsonFields data(fields.key("data"));
  for (const DataEntry& entry : content.data) {
    append_json_string(entry.value, data.foreign_key(entry.name));
  }
}

/// Kept between calls for its memory. One per thread.
template <typename Message>
Message& scratch() {
  thread_local Message message;
  message.Clear();
  return message;
}

void fill(const Content& from, v1::Content& to) {
  set_text(from.title, to.mutable_title());
  set_text(from.body, to.mutable_body());
  set_text(from.image, to.mutable_image());
  set_text(from.link, to.mutable_link());
  for (const Button& button : from.buttons) {
    v1::Button* added = to.add_buttons();
    set_text(button.label, added->mutable_label());
    set_text(button.link, added->mutable_link());
  }
  std::string name;
  for (const DataEntry& entry : from.data) {
    set_text(entry.name, &name);
    set_text(entry.value, &(*to.mutable_data())[name]);
  }
}

void fill(const Trigger& from, v1::Trigger& to) {
  set_text(from.trigger_id, to.mutable_trigger_id());
  set_text(from.campaign, to.mutable_campaign());
  set_text(from.campaign_version, to.mutable_campaign_version());
  set_text(from.user_id, to.mutable_user_id());
  set_text(from.anonymous_id, to.mutable_anonymous_id());
  set_text(channel_name(from.channel), to.mutable_channel());
  set_time(from.time, to.mutable_time());
  if (from.expires_at != Timestamp::never()) set_time(from.expires_at, to.mutable_expires_at());
  to.set_priority(from.priority);
  set_text(from.collapse_key, to.mutable_collapse_key());
  set_text(from.variant, to.mutable_variant());
  to.set_control(from.control);
  set_text(from.locale, to.mutable_locale());
  set_text(from.source_message_id, to.mutable_source_message_id());
  if (!is_empty(from.content)) fill(from.content, *to.mutable_content());
  set_text(from.traceparent, to.mutable_traceparent());
}

std::string_view subject_of(const Trigger& trigger) {
  return trigger.user_id.empty() ? trigger.anonymous_id : trigger.user_id;
}

void append_cloudevent_json(const Trigger& trigger, std::string& out) {
  JsonFields fields(out);
  fields.text("specversion", "1.0");
  fields.text("id", trigger.trigger_id);
  fields.key("source") += '"';  // percent-encoding leaves nothing that JSON would escape
  append_trigger_cloudevent_source(trigger, out);
  out += '"';
  fields.text("type", kTriggerCloudEventType);
  fields.time("time", trigger.time);
  fields.text_unless_empty("subject", subject_of(trigger));
  fields.text_unless_empty("traceparent", trigger.traceparent);
  fields.text("datacontenttype", content_type(WireFormat::kJson));
  append_trigger_json(trigger, fields.key("data"));
}

void append_cloudevent_protobuf(const Trigger& trigger, std::string& out) {
  auto& event = scratch<v1::CloudEvent>();
  auto& inner = scratch<v1::Trigger>();
  fill(trigger, inner);
  set_text(trigger.trigger_id, event.mutable_id());
  append_trigger_cloudevent_source(trigger, *event.mutable_source());
  event.set_spec_version("1.0");
  set_text(kTriggerCloudEventType, event.mutable_type());
  auto& attributes = *event.mutable_attributes();
  set_time(trigger.time, attributes["time"].mutable_timestamp());
  if (std::string_view subject = subject_of(trigger); !subject.empty()) {
    set_text(subject, attributes["subject"].mutable_text());
  }
  if (!trigger.traceparent.empty()) {
    set_text(trigger.traceparent, attributes["traceparent"].mutable_text());
  }
  attributes["datacontenttype"].set_text("application/protobuf");
  event.mutable_proto_data()->set_type_url("type.googleapis.com/sapa.v1.Trigger");
  append_message(inner, *event.mutable_proto_data()->mutable_value());
  append_message(event, out);
}

}  // namespace

std::string_view content_type(WireFormat format) {
  return format == WireFormat::kJson ? "application/json" : "application/protobuf";
}

std::string_view cloudevent_content_type(WireFormat format) {
  return format == WireFormat::kJson ? "application/cloudevents+json"
                                     : "application/cloudevents+protobuf";
}

void append_trigger_json(const Trigger& trigger, std::string& out) {
  JsonFields fields(out);
  fields.text("triggerId", trigger.trigger_id);
  fields.text("campaign", trigger.campaign);
  fields.text_unless_empty("campaignVersion", trigger.campaign_version);
  fields.text("userId", trigger.user_id);
  fields.text_unless_empty("anonymousId", trigger.anonymous_id);
  fields.text("channel", channel_name(trigger.channel));
  fields.time("time", trigger.time);
  if (trigger.expires_at != Timestamp::never()) fields.time("expiresAt", trigger.expires_at);
  if (trigger.priority != 0) fields.integer("priority", trigger.priority);
  fields.text_unless_empty("collapseKey", trigger.collapse_key);
  fields.text_unless_empty("variant", trigger.variant);
  if (trigger.control) fields.boolean("control", true);
  fields.text_unless_empty("locale", trigger.locale);
  fields.text_unless_empty("sourceMessageId", trigger.source_message_id);
  if (!is_empty(trigger.content)) append_content(trigger.content, fields.key("content"));
  fields.text_unless_empty("traceparent", trigger.traceparent);
}

void append_trigger_protobuf(const Trigger& trigger, std::string& out) {
  auto& message = scratch<v1::Trigger>();
  fill(trigger, message);
  append_message(message, out);
}

void append_trigger(const Trigger& trigger, WireFormat format, std::string& out) {
  if (format == WireFormat::kJson) return append_trigger_json(trigger, out);
  append_trigger_protobuf(trigger, out);
}

void append_trigger_cloudevent_source(const Trigger& trigger, std::string& out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  out += "/sapa/campaigns/";
  for (char c : trigger.campaign) {
    bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      out += '%';
      out += kHex[static_cast<uint8_t>(c) >> 4];
      out += kHex[static_cast<uint8_t>(c) & 15];
    }
  }
}

void append_trigger_cloudevent(const Trigger& trigger, WireFormat format, std::string& out) {
  if (format == WireFormat::kJson) return append_cloudevent_json(trigger, out);
  append_cloudevent_protobuf(trigger, out);
}

}  // namespace sapa
