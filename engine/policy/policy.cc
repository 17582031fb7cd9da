#include "engine/policy/policy.h"

#include <algorithm>
#include <string>

namespace sapa {
namespace {

constexpr size_t kSuppressedKept = 3;

/// Entries at or before this moment no longer count.
int64_t window_start(const MetricWindow& window, const MetricClock& at) {
  switch (window.kind) {
    case WindowKind::kSliding:
    case WindowKind::kHalfLife:
      return (at.now - window.length).ms;
    case WindowKind::kCalendar:
      return at.calendar->window(at.zone, window.unit, at.now).start.ms - 1;
    case WindowKind::kForever:
      break;
  }
  return INT64_MIN;
}

std::string window_text(const MetricWindow& window) {
  switch (window.kind) {
    case WindowKind::kSliding:
    case WindowKind::kHalfLife:
      return " in " + format_duration(window.length);
    case WindowKind::kCalendar:
      return " in a calendar " + std::string(calendar_unit_name(window.unit));
    case WindowKind::kForever:
      break;
  }
  return " ever";
}

std::string_view used_up(const Limit& limit, const Evaluation& evaluation) {
  std::string text = std::to_string(limit.count) + " of " + std::to_string(limit.count) +
                     window_text(limit.window);
  return const_cast<Evaluation&>(evaluation).arena().copy(text);
}

/// The caps' own count: over all campaigns, on the channels that the cap covers.
uint32_t count_capped(const FrequencyCap& cap, const MetricClock& at, const Customer& customer) {
  int64_t start = window_start(cap.limit.window, at);
  uint32_t count = 0;
  for (const SentTrigger& sent : customer.sent) {
    count += sent.time > start && cap.covers(static_cast<Channel>(sent.channel));
  }
  return count;
}

}  // namespace

uint32_t count_sent(const Limit& limit, const MetricClock& at, const Customer& customer,
                    DefinitionId campaign) {
  int64_t start = window_start(limit.window, at);
  uint32_t count = 0;
  for (const SentTrigger& sent : customer.sent) {
    count += sent.campaign == campaign && sent.time > start;
  }
  return count;
}

Verdict judge(const Campaign& campaign, const Evaluation& evaluation, Timestamp clock,
              bool killed) {
  if (killed) return {Reason::kCampaignDisabled, {}};
  if (campaign.paused) return {Reason::kPaused, {}};
  if (campaign.expires && clock - evaluation.now() > *campaign.expires) {
    return {Reason::kExpired, {}};
  }
  std::string_view why;
  switch (evaluation.holds(campaign.audience, why)) {
    case Evaluation::Answer::kYes:
      break;
    case Evaluation::Answer::kNo:
      return {Reason::kNotInAudience, {}};
    case Evaluation::Answer::kError:
      return {Reason::kEvaluationError, why};
  }
  const Customer& customer = evaluation.customer();
  for (const Limit& limit : campaign.limits) {
    if (count_sent(limit, evaluation.clock(), customer, campaign.limit_fingerprint) >=
        limit.count) {
      return {Reason::kCampaignLimit, used_up(limit, evaluation)};
    }
  }
  for (const FrequencyCap& cap : evaluation.workspace().policy.caps) {
    if (!cap.covers(campaign.channel)) continue;
    if (count_capped(cap, evaluation.clock(), customer) >= cap.limit.count) {
      return {Reason::kFrequencyCap, used_up(cap.limit, evaluation)};
    }
  }
  return {};
}

void remember_sent(const Workspace& workspace, const Campaign& campaign, Timestamp time,
                   Customer& customer) {
  customer.sent.change().push_back(
      {time.ms, campaign.limit_fingerprint, static_cast<uint8_t>(campaign.channel)});
  int64_t newest = std::max(time.ms, customer.last_seen);
  int64_t oldest = newest - workspace.send_history.ms;
  customer.sent.erase_if([&](const SentTrigger& sent) {
    if (sent.time > oldest) return false;
    // A limit for ever needs its campaign's entries for ever: at most as many as the limit allows.
    return !workspace.counts_for_ever(sent.campaign);
  });
}

void remember_suppressed(const Campaign& campaign, Timestamp time, Reason reason,
                         Customer& customer) {
  std::vector<SuppressedTrigger>& kept = customer.suppressed.change();
  if (kept.size() >= kSuppressedKept) kept.erase(kept.begin());
  kept.push_back({time.ms, campaign.limit_fingerprint, static_cast<uint8_t>(reason)});
}

}  // namespace sapa
