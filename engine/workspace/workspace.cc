// What runs at an event finds here in time that does not grow with the campaigns: see
// condition_index.h for conditions. Everything is filed under the event names that it mentions;
// building takes time in proportion to the definitions.
#include "engine/workspace/workspace.h"

#include <algorithm>

#include "engine/workspace/scope.h"

namespace sapa {
namespace {

/// Segments that change when these metrics do (or traits), and those that read such segments;
/// ascending.
class AffectedSegments {
 public:
  explicit AffectedSegments(const Workspace& workspace)
      : workspace_(workspace), by_metric_(workspace.metrics.size()) {
    const auto& segments = workspace.segments;
    readers_.resize(segments.size());
    for (uint32_t i = 0; i < segments.size(); ++i) {
      if (!segments[i].used) continue;
      for (uint32_t metric : segments[i].metrics) by_metric_[metric].push_back(i);
      for (uint32_t segment : segments[i].segments) readers_[segment].push_back(i);
    }
  }

  std::vector<uint32_t> of_metrics(const std::vector<uint32_t>& metrics) const {
    std::vector<uint32_t> first;
    for (uint32_t metric : metrics) {
      first.insert(first.end(), by_metric_[metric].begin(), by_metric_[metric].end());
    }
    return with_readers(std::move(first));
  }
  std::vector<uint32_t> of_traits() const {
    std::vector<uint32_t> first;
    for (uint32_t i = 0; i < workspace_.segments.size(); ++i) {
      const Segment& segment = workspace_.segments[i];
      if (segment.used && segment.reads_traits) first.push_back(i);
    }
    return with_readers(std::move(first));
  }

 private:
  std::vector<uint32_t> with_readers(std::vector<uint32_t> todo) const {
    absl::flat_hash_set<uint32_t> found;
    while (!todo.empty()) {
      uint32_t segment = todo.back();
      todo.pop_back();
      if (!found.insert(segment).second) continue;
      todo.insert(todo.end(), readers_[segment].begin(), readers_[segment].end());
    }
    std::vector<uint32_t> out(found.begin(), found.end());
    std::sort(out.begin(), out.end());
    return out;
  }

  const Workspace& workspace_;
  std::vector<std::vector<uint32_t>> by_metric_;
  std::vector<std::vector<uint32_t>> readers_;  // by segment
};

bool share_any(const std::vector<uint32_t>& a, const std::vector<uint32_t>& sorted) {
  return std::any_of(a.begin(), a.end(), [&](uint32_t value) {
    return std::binary_search(sorted.begin(), sorted.end(), value);
  });
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

uint64_t transition_key(bool is_stage, uint32_t index, bool entered) {
  return uint64_t{index} << 2 | uint64_t{is_stage} << 1 | uint64_t{entered};
}

uint32_t lowest_of(const ConditionIndex& index) {
  uint32_t lowest = 0;
  for (const auto& unit : index.units()) {
    lowest = std::max(lowest, index.numbers(unit)[unit.count - 1]);
  }
  return lowest;
}

}  // namespace

bool FrequencyCap::covers(Channel channel) const {
  return channels.empty() || std::find(channels.begin(), channels.end(), channel) != channels.end();
}

bool EventSelector::matches(std::string_view name) const {
  return any() || std::find(names.begin(), names.end(), name) != names.end();
}

const EventPlan& Workspace::plan(std::string_view event_name) const {
  auto found = plans_.find(event_name);
  return found == plans_.end() ? any_event : found->second;
}

const Campaign* Workspace::campaign_of(Fingerprint state) const {
  auto found = by_fingerprint_.find(state);
  return found == by_fingerprint_.end() ? nullptr : &campaigns[found->second];
}

const ConditionIndex* Workspace::on_transition(bool is_stage, uint32_t index, bool entered) const {
  auto found = transitions_.find(transition_key(is_stage, index, entered));
  return found == transitions_.end() ? nullptr : &found->second;
}

/// The plans of all events that the selector names, or the one of any event.
template <typename Visit>
void Workspace::each_plan(const std::vector<std::string>& names, Visit visit) {
  if (names.empty()) return visit(any_event);
  for (const std::string& name : names) visit(plans_[name]);
}

/// Metrics, segments and the lifecycle. Those of any event become part of every plan.
void Workspace::index_definitions() {
  for (uint32_t i = 0; i < metrics.size(); ++i) {
    if (!metrics[i].used) continue;
    each_plan(metrics[i].events.names, [&](EventPlan& plan) { plan.metrics.push_back(i); });
  }
  AffectedSegments affected(*this);
  auto complete = [&](EventPlan& plan) {
    plan.segments = affected.of_metrics(plan.metrics);
    plan.evaluate_lifecycle =
        share_any(lifecycle.metrics, plan.metrics) || share_any(lifecycle.segments, plan.segments);
    for (uint32_t metric : plan.metrics) {
      if (!reaches_[metric].empty()) plan.reached_metrics.push_back(metric);
    }
  };
  for (auto& [name, plan] : plans_) {
    size_t own = plan.metrics.size();
    plan.metrics.insert(plan.metrics.end(), any_event.metrics.begin(), any_event.metrics.end());
    std::inplace_merge(plan.metrics.begin(), plan.metrics.begin() + static_cast<ptrdiff_t>(own),
                       plan.metrics.end());
    complete(plan);
  }
  complete(any_event);
  trait_segments = affected.of_traits();
  lifecycle_reads_traits = lifecycle.reads_traits || share_any(lifecycle.segments, trait_segments);
}

void Workspace::index_campaigns() {
  by_rank_.resize(campaigns.size());
  for (uint32_t i = 0; i < by_rank_.size(); ++i) by_rank_[i] = i;
  std::stable_sort(by_rank_.begin(), by_rank_.end(), [&](uint32_t a, uint32_t b) {
    return campaigns[a].priority > campaigns[b].priority;
  });
  by_fingerprint_.reserve(campaigns.size());
  for (uint32_t rank = 0; rank < by_rank_.size(); ++rank) {
    Campaign& campaign = campaigns[by_rank_[rank]];
    campaign.rank = rank;
    by_fingerprint_[campaign.fingerprint] = campaign.index;
    for (const Limit& limit : campaign.limits) {
      if (limit.window.kind == WindowKind::kForever) {
        counted_for_ever_.insert(campaign.limit_fingerprint);
      }
    }
    add_campaign(campaign);
  }
  for (auto& list : reaches_) {
    std::stable_sort(list.begin(), list.end(),
                     [](const Reach& a, const Reach& b) { return a.at < b.at; });
  }
}

void Workspace::add_campaign(const Campaign& campaign) {
  const When& when = campaign.when;
  auto condition_of = [](const PatternStep& step) { return step.condition.get(); };
  switch (when.kind) {
    case WhenKind::kEvent:
      return each_plan(when.steps[0].events.names, [&](EventPlan& plan) {
        plan.campaigns.starts.add(campaign.rank, condition_of(when.steps[0]));
      });
    case WhenKind::kPattern:
      each_plan(when.steps[0].events.names, [&](EventPlan& plan) {
        plan.campaigns.first_steps.add(campaign.rank, condition_of(when.steps[0]));
      });
      for (const PatternStep& step : when.steps) {
        each_plan(step.events.names, [](EventPlan& plan) { plan.campaigns.any_step = true; });
      }
      if (when.without) {
        each_plan(when.without->events.names,
                  [](EventPlan& plan) { plan.campaigns.any_absence = true; });
      }
      return;
    case WhenKind::kNothing:
      silences_.push_back(campaign.index);
      return each_plan(when.steps[0].events.names,
                       [&](EventPlan& plan) { plan.campaigns.silences.push_back(campaign.index); });
    case WhenKind::kReaches:
      reaches_[when.metric].push_back({when.at, campaign.rank});
      return;
    case WhenKind::kEnters:
    case WhenKind::kLeaves:
      transitions_[transition_key(when.is_stage, when.segment, when.kind == WhenKind::kEnters)].add(
          campaign.rank, when.condition.get());
      return;
  }
}

void Workspace::build_conditions() {
  Scope scope = campaign_scope(*this, true);
  auto build = [&](EventPlan& plan) {
    plan.campaigns.starts.build(lookups_, scope.environment);
    plan.campaigns.first_steps.build(lookups_, scope.environment);
  };
  build(any_event);
  for (auto& [name, plan] : plans_) build(plan);
  for (auto& [key, index] : transitions_) index.build(lookups_, scope.environment);
}

void Workspace::build_index() {
  plans_.clear();
  transitions_.clear();
  by_fingerprint_.clear();
  counted_for_ever_.clear();
  silences_.clear();
  any_event = {};
  lookups_ = {};
  reaches_.assign(metrics.size(), {});
  index_campaigns();
  index_definitions();
  build_conditions();
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

std::vector<Workspace::Crowd> Workspace::crowds() const {
  std::vector<Crowd> found;
  auto check = [&](const ConditionIndex& index, uint64_t others, const std::string& cause) {
    uint64_t all = index.worst_case() + others;
    if (!index.empty() && all > kMostCandidates) found.push_back({cause, all, lowest_of(index)});
  };
  const CampaignPlan& any = any_event.campaigns;
  check(any.starts, 0, "any event");
  check(any.first_steps, 0, "any event");
  for (const auto& [name, plan] : plans_) {
    std::string cause = "event `" + name + "`";
    check(plan.campaigns.starts, any.starts.worst_case(), cause);
    check(plan.campaigns.first_steps, any.first_steps.worst_case(), cause);
  }
  for (const auto& [key, index] : transitions_) {
    uint32_t at = static_cast<uint32_t>(key >> 2);
    bool is_stage = (key & 2) != 0;
    check(index, 0,
          (key & 1 ? "entering `" : "leaving `") +
              (is_stage ? lifecycle.stages[at].name : segments[at].name) + "`");
  }
  std::sort(found.begin(), found.end(),
            [](const Crowd& a, const Crowd& b) { return a.cause < b.cause; });
  return found;
}

}  // namespace sapa
