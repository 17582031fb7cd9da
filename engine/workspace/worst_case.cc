// The most that one customer's record can take, from the bounds of every definition. An estimate from above: each entry
// counts with the most bytes that its encoding can need, and all bounds are taken as reached at once.
#include <algorithm>

#include "engine/workspace/loader.h"

namespace sapa {
namespace {

constexpr uint64_t kRecordBytes = 256;      // ids, zone, locale, times, stage; traits are the app's own and not counted
constexpr uint64_t kDefinitionBytes = 8;    // fingerprint and length before each definition's state
constexpr uint64_t kKeyBytes = 40;          // a key of `by`, up to 32 bytes of text
constexpr uint64_t kEntryBytes = 18;        // time and number
constexpr uint64_t kTextEntryBytes = 50;    // time and value, up to 40 bytes of text
constexpr uint64_t kTotalBytes = 26;        // a window's start, a total and a count
constexpr uint64_t kDistinctBytes = 18;     // a value's hash and its time
constexpr uint64_t kDeduplicationBytes = 10;
constexpr uint64_t kSendBytes = 12;
constexpr uint64_t kInstanceBytes = 24;     // of a pattern: step, start, deadline
constexpr uint64_t kCaptureBytes = 64;
constexpr uint64_t kMembershipBytes = 16;   // of a segment or stage: since when, and when to look again
constexpr uint64_t kUncappedSends = 32;     // counted where no limit bounds the history

uint64_t value_bytes(const Metric& metric) {
  const MetricShape& shape = metric.shape;
  bool text = shape.kind == MetricKind::kFirst || shape.kind == MetricKind::kLatest;
  uint64_t entry = text && !metric.value_is_event_time ? kTextEntryBytes : kEntryBytes;
  if (shape.kind == MetricKind::kDistinct) return kDistinctBytes * shape.max_entries;
  if (shape.window.kind == WindowKind::kSliding) return entry * shape.max_entries;
  return text ? entry + kEntryBytes : kTotalBytes;
}

uint64_t bytes_of(const Metric& metric) {
  uint64_t value = value_bytes(metric);
  if (!metric.shape.by_key) return kDefinitionBytes + value;
  return kDefinitionBytes + metric.shape.max_keys * (kKeyBytes + value);
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
    auto windows = static_cast<uint64_t>(workspace.send_history.ms / cap.limit.window.length.ms + 1);
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
  add("message ids for deduplication",
      workspace.policy.deduplicate_at_most * kDeduplicationBytes);
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
