#include "engine/decision/decision_encoder.h"

#include "engine/message/json_fields.h"
#include "engine/message/protobuf_text.h"
#include "sapa/v1/decision.pb.h"

namespace sapa {

void append_decision_json(const Decision& decision, std::string& out) {
  JsonFields fields(out);
  fields.text("campaign", decision.campaign);
  fields.text_unless_empty("campaignVersion", decision.campaign_version);
  fields.text("customerId", decision.customer_id);
  fields.text_unless_empty("userId", decision.user_id);
  fields.text_unless_empty("anonymousId", decision.anonymous_id);
  fields.time("time", decision.time);
  fields.text("reason", reason_name(decision.reason));
  fields.text_unless_empty("detail", decision.detail);
  fields.text("triggerId", decision.trigger_id);
  fields.text_unless_empty("sourceMessageId", decision.source_message_id);
}

void append_decision_protobuf(const Decision& decision, std::string& out) {
  thread_local v1::Decision message;
  message.Clear();
  set_text(decision.campaign, message.mutable_campaign());
  set_text(decision.campaign_version, message.mutable_campaign_version());
  set_text(decision.customer_id, message.mutable_customer_id());
  set_text(decision.user_id, message.mutable_user_id());
  set_text(decision.anonymous_id, message.mutable_anonymous_id());
  set_time(decision.time, message.mutable_time());
  set_text(reason_name(decision.reason), message.mutable_reason());
  set_text(decision.detail, message.mutable_detail());
  set_text(decision.trigger_id, message.mutable_trigger_id());
  set_text(decision.source_message_id, message.mutable_source_message_id());
  append_message(message, out);
}

}  // namespace sapa
