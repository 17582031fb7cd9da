#include "engine/workspace/describe.h"

#include "engine/base/json.h"

namespace sapa {
namespace {

std::string events_text(const EventSelector& events) {
  if (events.any()) return "any event";
  std::string text;
  for (size_t i = 0; i < events.names.size(); ++i) {
    if (i > 0) text += i + 1 == events.names.size() ? " or " : ", ";
    text += events.names[i];
  }
  return text;
}

std::string pattern_text(const When& when) {
  std::string text;
  for (const PatternStep& step : when.steps) {
    if (!text.empty()) text += ", then ";
    text += events_text(step.events);
  }
  if (when.without) text += ", then no " + events_text(when.without->events);
  return text + " within " + format_duration(when.within);
}

/// " in 90d", " in a calendar month", or nothing for a metric that counts for ever.
std::string window_text(const MetricWindow& window) {
  switch (window.kind) {
    case WindowKind::kSliding:
      return " in " + format_duration(window.length);
    case WindowKind::kCalendar:
      return " in a calendar " + std::string(calendar_unit_name(window.unit));
    case WindowKind::kForever:
    case WindowKind::kHalfLife:
      return "";
  }
  return "";
}

std::string reaches_text(const When& when, const Workspace& workspace) {
  const Metric& metric = workspace.metrics[when.metric];
  std::string text = metric.name + " reached ";
  append_json_number(when.at, text);
  return text + window_text(metric.shape.window);
}

std::string membership_text(const When& when, const Workspace& workspace) {
  std::string text = when.kind == WhenKind::kEnters ? "entered " : "left ";
  if (when.is_stage) return text + "stage " + workspace.lifecycle.stages[when.segment].name;
  return text + "segment " + workspace.segments[when.segment].name;
}

std::string structure_text(const When& when, const Workspace& workspace) {
  switch (when.kind) {
    case WhenKind::kEvent:
      return events_text(when.steps.front().events);
    case WhenKind::kPattern:
      return pattern_text(when);
    case WhenKind::kNothing:
      return "no " + events_text(when.steps.front().events) + " for " +
             format_duration(when.within);
    case WhenKind::kReaches:
      return reaches_text(when, workspace);
    case WhenKind::kEnters:
    case WhenKind::kLeaves:
      return membership_text(when, workspace);
  }
  return "";
}

bool is_conditional(const When& when) {
  if (when.condition) return true;
  if (when.without && when.without->condition) return true;
  for (const PatternStep& step : when.steps) {
    if (step.condition) return true;
  }
  return false;
}

}  // namespace

std::string describe_when(const Campaign& campaign, const Workspace& workspace) {
  std::string text = structure_text(campaign.when, workspace);
  if (!is_conditional(campaign.when)) return text;
  bool several = campaign.when.kind == WhenKind::kPattern;
  return text + (several ? ", and the steps' conditions held" : ", and its condition held");
}

}  // namespace sapa
