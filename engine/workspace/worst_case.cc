// The most that one customer's record can take, from the bounds of every definition. An estimate
// from above: each entry counts with the most bytes that its encoding can need, and all bounds are
// taken as reached at once.
#include <algorithm>

#include "engine/workspace/loader.h"

namespace sapa {
namespace {

constexpr uint64_t kRecordBytes =
    256;  // ids, zone, locale, times, stage; traits are the app's own and not counted
constexpr uint64_t kDefinitionBytes = 8;  // fingerprint and length before each definition's state
constexpr uint64_t kKeyBytes = 40;        // a key of `by`, up to 32 bytes of text
constexpr uint64_t kEntryBytes = 18;      // time and number, hash or count
constexpr uint64_t kTextEntryBytes = 50;  // time and value, up to 40 bytes of text
constexpr uint64_t kDeduplicationBytes = 10;
constexpr uint64_t kSendBytes = 12;
constexpr uint64_t kInstanceBytes = 24;  // of a pattern: step, start, deadline
constexpr uint64_t kCaptureBytes = 64;
constexpr uint64_t kMembershipBytes =
    16;  // of a segment or stage: since when, and when to look again
constexpr uint64_t kUncappedSends = 32;  // counted where no limit bounds the history

uint64_t entry_bytes(const Metric& metric) {
  bool keeps_value =
      metric.shape.kind == MetricKind::kFirst || metric.shape.kind == MetricKind::kLatest;
  return keeps_value && !metric.value_is_event_time ? kTextEntryBytes : kEntryBytes;
}

uint64_t bytes_of(const Metric& metric) {
  const MetricShape& shape = metric.shape;
  uint64_t keys = shape.by_key ? shape.max_keys : 1;
  uint64_t bytes = kDefinitionBytes + (shape.by_key ? keys * kKeyBytes : 0);
  bool sliding = shape.window.kind == WindowKind::kSliding;
  // The bound of entries is one for all keys together.
  if (shape.kind == MetricKind::kDistinct) return bytes + shape.max_entries * kEntryBytes;
  if (shape.kind == MetricKind::kLatest && sliding) return bytes + keys * entry_bytes(metric);
  if (sliding) return bytes + shape.max_entries * entry_bytes(metric);
  // A calendar window keeps the one before, too, for late events.
  uint64_t windows = shape.window.kind == WindowKind::kCalendar ? 2 : 1;
  return bytes + keys * windows * entry_bytes(metric);
}

uint64_t bytes_of(const Campaign& campaign, Duration history, bool capped) {
  const When& when = campaign.when;
  uint64_t bytes = 0;
  if (when.kind == WhenKind::kPattern) {
    uint64_t captures = 0;
    for (const PatternStep& step : when.steps) captures += step.captures.size();
    uint64_t instances = when.restart ? 1 : when.max_instances;
    bytes += kDefinitionBytes + instances * (kInstanceBytes + captures * kCaptureBytes);
  } else if (when.kind != WhenKind::kEvent) {
    bytes += kDefinitionBytes + kInstanceBytes;
  }
  bool limited_for_ever = std::any_of(campaign.limits.begin(), campaign.limits.end(), [](auto& l) {
    return l.window.kind == WindowKind::kForever;
  });
  if (limited_for_ever) bytes += kDefinitionBytes + kSendBytes;
  // What the caps let through is counted once, for all campaigns together.
  if (!capped && history.ms > 0 && !campaign.limits.empty()) {
    uint64_t most = 0;
    for (const Limit& limit : campaign.limits) most = std::max<uint64_t>(most, limit.count);
    bytes += most * kSendBytes;
  }
  return bytes;
}

/// Sends that the caps allow within the history that is kept.
uint64_t capped_sends(const Workspace& workspace) {
  uint64_t most = 0;
  for (const FrequencyCap& cap : workspace.policy.caps) {
    if (!cap.channels.empty() || cap.limit.window.kind != WindowKind::kSliding) continue;
    auto windows =
        static_cast<uint64_t>(workspace.send_history.ms / cap.limit.window.length.ms + 1);
    uint64_t sends = windows * cap.limit.count;
    most = most == 0 ? sends : std::min(most, sends);
  }
  return most;
}

}  // namespace

WorstCase worst_case_bytes(const Workspace& workspace) {
  WorstCase worst;
  auto add = [&](std::string name, uint64_t bytes) {
    if (bytes == 0) return;
    worst.total += bytes;
    worst.parts.push_back({std::move(name), bytes});
  };
  add("the customer's own fields", kRecordBytes);
  add("message ids for deduplication", workspace.policy.deduplicate_at_most * kDeduplicationBytes);
  uint64_t sends = capped_sends(workspace);
  bool capped = sends > 0;
  if (!capped && !workspace.policy.caps.empty()) sends = kUncappedSends;
  add("sent triggers", sends * kSendBytes);
  for (const Metric& metric : workspace.metrics) {
    if (metric.used) add("metric " + metric.name, bytes_of(metric));
  }
  for (const Segment& segment : workspace.segments) {
    if (segment.used) add("segment " + segment.name, kMembershipBytes);
  }
  if (!workspace.lifecycle.stages.empty()) add("lifecycle", kMembershipBytes);
  for (const Campaign& campaign : workspace.campaigns) {
    add("campaign " + campaign.name, bytes_of(campaign, workspace.send_history, capped));
  }
  std::stable_sort(worst.parts.begin(), worst.parts.end(),
                   [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  return worst;
}

}  // namespace sapa
