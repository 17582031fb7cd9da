#include "engine/api/segment_body.h"

#include "engine/base/json.h"

namespace sapa {
namespace {

constexpr size_t kMostErrors = 20;

const RawMember* find(const std::vector<RawMember>& members, std::string_view name) {
  for (const RawMember& member : members) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

std::string_view text_of(const std::vector<RawMember>& members, std::string_view name) {
  const RawMember* member = find(members, name);
  return member ? member->text : std::string_view();
}

std::string in_quotes(std::string_view text) {
  std::string out;
  append_json_string(text, out);
  return out;
}

}  // namespace

SegmentBodyReader::SegmentBodyReader(SegmentLimits limits,
                                     std::function<std::string()> new_message_id)
    : limits_(limits), new_message_id_(std::move(new_message_id)), decoder_(limits.event) {}

bool SegmentBodyReader::prepare(std::string_view message, const Shared& shared, Timestamp received,
                                IncomingEvent& event, MessageProblem& refusal) {
  auto members = json_.members(message);
  if (!members.ok()) {
    refusal.code = "invalid_json";
    refusal.detail = members.error().message;
    return false;
  }
  const RawMember* type = find(*members, "type");
  if (type && !shared.type.empty() && type->text != shared.type) {
    refusal.code = "invalid_field";
    refusal.detail = "`type` is " + std::string(type->text.substr(0, 40)) +
                     ", but this path takes " + std::string(shared.type);
    return false;
  }
  std::string added;
  auto add = [&](std::string_view name, std::string_view json) {
    if (json.empty() || find(*members, name)) return;
    added.append("\"").append(name).append("\":").append(json).append(",");
  };
  add("type", shared.type);
  if (!find(*members, "messageId")) add("messageId", in_quotes(new_message_id_()));
  add("context", shared.context);
  add("sentAt", shared.sent_at);
  if (members->empty() && !added.empty()) added.pop_back();
  size_t open = message.find('{');
  event.value = "{" + added;
  event.value.append(message.substr(open + 1));

  arena_.reset();
  RawRecord record;
  record.value = event.value;
  record.received = received;
  Event decoded;
  DecodeNotes notes;
  Refusal why;
  if (!decoder_.decode(record, /*clamp_future=*/true, arena_, decoded, notes, why)) {
    refusal.code = why.code;
    refusal.detail = std::move(why.reason);
    return false;
  }
  event.customer_id = decoded.customer_id();
  return true;
}

BodyEvents SegmentBodyReader::read_message(std::string_view body, std::string_view type,
                                           Timestamp received) {
  std::string quoted = in_quotes(type);
  std::vector<IncomingEvent> events(1);
  MessageProblem refusal;
  if (!prepare(body, {quoted, {}, {}}, received, events[0], refusal)) {
    return BodyRefusal{400, refusal.detail, {refusal}};
  }
  return events;
}

BodyEvents SegmentBodyReader::read_batch(std::string_view body, Timestamp received) {
  auto members = json_.members(body);
  if (!members.ok()) return BodyRefusal{400, members.error().message, {}};
  const RawMember* batch = find(*members, "batch");
  auto messages = batch ? json_.elements(batch->text) : user_error("");
  if (!messages.ok()) return BodyRefusal{400, "The body needs `batch`, an array of messages.", {}};
  if (messages->size() > limits_.max_batch_messages) {
    return BodyRefusal{413,
                       "The batch holds " + std::to_string(messages->size()) +
                           " messages, and at most " + std::to_string(limits_.max_batch_messages) +
                           " are taken at once.",
                       {}};
  }
  Shared shared{{}, text_of(*members, "context"), text_of(*members, "sentAt")};
  std::vector<IncomingEvent> events(messages->size());
  BodyRefusal refused;
  for (size_t i = 0; i < messages->size(); ++i) {
    std::string_view message = (*messages)[i];
    MessageProblem wrong{i, "", ""};
    bool fits = message.size() <= limits_.max_message_bytes;
    if (!fits) {
      wrong.code = "too_large";
      wrong.detail = "larger than " + std::to_string(limits_.max_message_bytes) + " bytes";
    }
    if (fits && prepare(message, shared, received, events[i], wrong)) continue;
    if (refused.errors.size() < kMostErrors) refused.errors.push_back(std::move(wrong));
  }
  if (refused.errors.empty()) return events;
  refused.detail = "Nothing of the batch was taken. Message " +
                   std::to_string(refused.errors[0].index) + ": " + refused.errors[0].detail;
  return refused;
}

}  // namespace sapa
