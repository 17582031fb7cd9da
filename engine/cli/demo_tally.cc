#include "engine/cli/demo_tally.h"

#include <ostream>
#include <string>

#include <fmt/format.h>
#include <fmt/ostream.h>

namespace sapa {
namespace {

constexpr size_t kEntriesPerRead = 500;

/// Without control characters: what customers' data holds must not steer the terminal that it is
/// shown on.
std::string harmless(std::string_view text) {
  std::string out(text);
  for (size_t i = 0; i < out.size(); ++i) {
    auto byte = static_cast<unsigned char>(out[i]);
    bool c1 = byte == 0xC2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xA0;
    if (byte < 0x20 || byte == 0x7F) out[i] = ' ';
    if (c1) out[i] = out[i + 1] = ' ';
  }
  return out;
}

std::string text_of(const Value& entry, std::string_view field) {
  Value value = entry.field(field);
  return value.is(Kind::kString) ? harmless(value.as_string()) : std::string();
}

std::string suppressions(const std::array<uint64_t, kReasonCount>& decisions) {
  std::string text;
  for (int i = 1; i < kReasonCount; ++i) {
    uint64_t count = decisions[static_cast<size_t>(i)];
    if (count == 0) continue;
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {}", reason_name(static_cast<Reason>(i)), count);
  }
  return text;
}

}  // namespace

DemoTally::DemoTally(std::shared_ptr<const Workspace> workspace, Timestamp opens)
    : workspace_(std::move(workspace)), opens_(opens), campaigns_(workspace_->campaigns.size()) {
  for (const Campaign& campaign : workspace_->campaigns) {
    index_by_name_[campaign.name] = campaign.index;
  }
}

Status DemoTally::read(const TriggerFeed& feed, DemoScreen& screen) {
  Status triggers = read_stream(feed, Stream::kTriggers, triggers_after_, screen);
  return triggers ? read_stream(feed, Stream::kDecisions, decisions_after_, screen) : triggers;
}

Status DemoTally::read_stream(const TriggerFeed& feed, Stream stream, uint64_t& after,
                              DemoScreen& screen) {
  while (true) {
    auto entries = feed.read(stream, after, kEntriesPerRead);
    if (!entries) return entries.error();
    if (entries->empty()) return {};
    after = entries->back()->seq;
    for (const auto& entry : *entries) {
      arena_.reset();
      auto value = reader_.read(entry->value, arena_);
      if (!value) return value.error();
      stream == Stream::kTriggers ? take_trigger(*value, screen) : take_decision(*value, screen);
    }
  }
}

/// False for what is not of the demo's present, and for campaigns that the workspace does not know.
bool DemoTally::find(const Value& entry, uint32_t& campaign, Timestamp& time) const {
  auto found = index_by_name_.find(text_of(entry, "campaign"));
  if (found == index_by_name_.end() || !parse_rfc3339(text_of(entry, "time"), time)) return false;
  campaign = found->second;
  return time >= opens_;
}

void DemoTally::take_trigger(const Value& entry, DemoScreen& screen) {
  ShownTrigger trigger;
  if (!find(entry, trigger.campaign, trigger.time)) {
    ++sent_in_the_past_;
    return;
  }
  trigger.customer_id = text_of(entry, "userId");
  if (trigger.customer_id.empty()) trigger.customer_id = text_of(entry, "anonymousId");
  Value content = entry.field("content");
  trigger.title = text_of(content, "title");
  trigger.body = text_of(content, "body");
  screen.add(std::move(trigger));
}

void DemoTally::take_decision(const Value& entry, DemoScreen& screen) {
  ShownSuppression decision;
  if (!find(entry, decision.campaign, decision.time)) return;
  PerCampaign& tally = campaigns_[decision.campaign];
  decision.customer_id = text_of(entry, "customerId");
  decision.reason = text_of(entry, "reason");
  for (int i = 0; i < kReasonCount; ++i) {
    if (decision.reason == reason_name(static_cast<Reason>(i))) {
      ++tally.decisions[static_cast<size_t>(i)];
    }
  }
  if (decision.reason == reason_name(Reason::kSent)) {
    tally.customers.insert(std::move(decision.customer_id));
    return;
  }
  std::string detail = text_of(entry, "detail");
  if (!detail.empty()) decision.reason += ", " + detail;
  screen.add(std::move(decision));
}

uint64_t DemoTally::sent() const {
  uint64_t sum = 0;
  for (const PerCampaign& campaign : campaigns_) sum += campaign.sent();
  return sum;
}

uint64_t DemoTally::suppressed() const {
  uint64_t sum = 0;
  for (const PerCampaign& campaign : campaigns_) {
    for (uint64_t count : campaign.decisions) sum += count;
    sum -= campaign.sent();
  }
  return sum;
}

size_t DemoTally::campaigns_sent() const {
  size_t count = 0;
  for (const PerCampaign& campaign : campaigns_) count += campaign.sent() > 0;
  return count;
}

void DemoTally::print_table(std::ostream& out) const {
  fmt::print(out, "{:<24} {:<8} {:>8} {:>10}   {}\n", "campaign", "channel", "sent", "customers",
             "held back");
  for (const Campaign& campaign : workspace_->campaigns) {
    const PerCampaign& tally = campaigns_[campaign.index];
    fmt::print(out, "{:<24} {:<8} {:>8} {:>10}   {}\n", campaign.name,
               channel_name(campaign.channel), tally.sent(), tally.customers.size(),
               suppressions(tally.decisions));
  }
}

}  // namespace sapa
