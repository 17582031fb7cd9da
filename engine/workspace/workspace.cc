#include "engine/workspace/workspace.h"

#include <algorithm>
#include <set>

namespace sapa {
namespace {

bool listens(const EventSelector& selector, const std::string* name) {
  if (selector.any()) return true;
  return name != nullptr &&
         std::find(selector.names.begin(), selector.names.end(), *name) != selector.names.end();
}

bool contains(const std::vector<uint32_t>& sorted, uint32_t value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

bool share_any(const std::vector<uint32_t>& a, const std::vector<uint32_t>& sorted) {
  return std::any_of(a.begin(), a.end(), [&](uint32_t value) { return contains(sorted, value); });
}

/// Segments that change when these metrics do (or traits), and those that read such segments;
/// ascending.
std::vector<uint32_t> affected_segments(const Workspace& workspace,
                                        const std::vector<uint32_t>& metrics, bool traits) {
  std::vector<uint32_t> out;
  for (uint32_t i = 0; i < workspace.segments.size(); ++i) {
    const Segment& segment = workspace.segments[i];
    bool affected = share_any(segment.metrics, metrics) || share_any(segment.segments, out) ||
                    (traits && segment.reads_traits);
    if (segment.used && affected) out.push_back(i);
  }
  return out;
}

/// Of an event's name; null: of names that nothing mentions. `order` holds the campaigns by
/// priority.
EventPlan make_plan(const Workspace& workspace, const std::string* name,
                    const std::vector<uint32_t>& order) {
  EventPlan plan;
  for (uint32_t i = 0; i < workspace.metrics.size(); ++i) {
    const Metric& metric = workspace.metrics[i];
    if (metric.used && listens(metric.events, name)) plan.metrics.push_back(i);
  }
  plan.segments = affected_segments(workspace, plan.metrics, false);
  const Lifecycle& lifecycle = workspace.lifecycle;
  plan.evaluate_lifecycle =
      share_any(lifecycle.metrics, plan.metrics) || share_any(lifecycle.segments, plan.segments);
  for (uint32_t index : order) {
    const When& when = workspace.campaigns[index].when;
    if (when.kind == WhenKind::kReaches && contains(plan.metrics, when.metric)) {
      plan.reaches.push_back(index);
    }
    if (when.kind == WhenKind::kEvent && listens(when.steps[0].events, name)) {
      plan.event_campaigns.push_back(index);
    }
    if (when.kind == WhenKind::kNothing && listens(when.steps[0].events, name)) {
      plan.nothings.push_back(index);
    }
    if (when.kind != WhenKind::kPattern) continue;
    for (auto step = static_cast<uint32_t>(when.steps.size()); step-- > 0;) {
      if (listens(when.steps[step].events, name)) plan.steps.push_back({index, step});
    }
    if (when.without && listens(when.without->events, name)) plan.absences.push_back(index);
  }
  return plan;
}

std::set<std::string> mentioned_names(const Workspace& workspace) {
  std::set<std::string> names;
  auto add = [&](const EventSelector& selector) {
    names.insert(selector.names.begin(), selector.names.end());
  };
  for (const Metric& metric : workspace.metrics) add(metric.events);
  for (const Campaign& campaign : workspace.campaigns) {
    for (const PatternStep& step : campaign.when.steps) add(step.events);
    if (campaign.when.without) add(campaign.when.without->events);
  }
  return names;
}

/// The longest that the window can be, daylight-saving changes and leap days included.
Duration longest(const MetricWindow& window) {
  switch (window.kind) {
    case WindowKind::kForever:
    case WindowKind::kHalfLife:
      return {};
    case WindowKind::kSliding:
      return window.length;
    case WindowKind::kCalendar:
      break;
  }
  switch (window.unit) {
    case CalendarUnit::kHour:
      return hours(2);
    case CalendarUnit::kDay:
      return hours(25);
    case CalendarUnit::kWeek:
      return days(8);
    case CalendarUnit::kMonth:
      return days(32);
    case CalendarUnit::kYear:
      return days(367);
  }
  return {};
}

}  // namespace

bool FrequencyCap::covers(Channel channel) const {
  return channels.empty() || std::find(channels.begin(), channels.end(), channel) != channels.end();
}

const EventPlan& Workspace::plan(std::string_view event_name) const {
  auto found = plans_.find(event_name);
  return found == plans_.end() ? any_event : found->second;
}

void Workspace::build_index() {
  std::vector<uint32_t> order(campaigns.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return campaigns[a].priority > campaigns[b].priority;
  });
  plans_.clear();
  any_event = make_plan(*this, nullptr, order);
  for (const std::string& name : mentioned_names(*this)) {
    plans_.emplace(name, make_plan(*this, &name, order));
  }
  trait_segments = affected_segments(*this, {}, true);
  lifecycle_reads_traits = lifecycle.reads_traits || share_any(lifecycle.segments, trait_segments);
  send_history = {};
  for (const FrequencyCap& cap : policy.caps) {
    send_history = std::max(send_history, longest(cap.limit.window));
  }
  for (const Campaign& campaign : campaigns) {
    for (const Limit& limit : campaign.limits) {
      send_history = std::max(send_history, longest(limit.window));
    }
  }
}

}  // namespace sapa
