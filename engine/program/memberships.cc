#include "engine/program/memberships.h"

#include <algorithm>
#include <set>

namespace sapa {
namespace {

/// A condition that fails to evaluate does not hold: a missing trait is no membership.
bool holds(const Evaluation& evaluation, const ProgramPtr& condition) {
  std::string_view why;
  return evaluation.holds(condition, why) == Evaluation::Answer::kYes;
}

}  // namespace

Memberships::Memberships(const Workspace& workspace) : workspace_(workspace) {
  std::set<uint32_t> read(workspace.lifecycle.metrics.begin(), workspace.lifecycle.metrics.end());
  for (uint32_t i = 0; i < workspace.segments.size(); ++i) {
    all_segments_.push_back(i);
    read.insert(workspace.segments[i].metrics.begin(), workspace.segments[i].metrics.end());
  }
  for (uint32_t metric : read) {
    WindowKind kind = workspace.metrics[metric].shape.window.kind;
    if (kind == WindowKind::kSliding || kind == WindowKind::kCalendar) {
      time_metrics_.push_back(metric);
    }
  }
}

void Memberships::evaluate(Customer& customer, const Evaluation& evaluation,
                           const std::vector<uint32_t>& segments, bool lifecycle,
                           std::vector<Transition>& out) const {
  for (uint32_t index : segments) evaluate_segment(customer, evaluation, index, out);
  if (lifecycle && !workspace_.lifecycle.stages.empty()) {
    evaluate_lifecycle(customer, evaluation, out);
  }
  plan_next(customer, evaluation);
}

void Memberships::evaluate_all(Customer& customer, const Evaluation& evaluation,
                               std::vector<Transition>& out) const {
  evaluate(customer, evaluation, all_segments_, true, out);
}

void Memberships::evaluate_segment(Customer& customer, const Evaluation& evaluation, uint32_t index,
                                   std::vector<Transition>& out) const {
  const Segment& segment = workspace_.segments[index];
  auto member = std::find_if(customer.segments.begin(), customer.segments.end(),
                             [&](const Membership& m) { return m.segment == segment.fingerprint; });
  if (member == customer.segments.end()) {
    if (!holds(evaluation, segment.enter)) return;
    customer.segments.change().push_back({segment.fingerprint, evaluation.now().ms});
    out.push_back({false, index, true});
    return;
  }
  if (segment.sticky) return;
  bool leaves =
      segment.leave ? holds(evaluation, segment.leave) : !holds(evaluation, segment.enter);
  if (!leaves) return;
  customer.segments.change().erase(member);
  out.push_back({false, index, false});
}

void Memberships::evaluate_lifecycle(Customer& customer, const Evaluation& evaluation,
                                     std::vector<Transition>& out) const {
  const auto& stages = workspace_.lifecycle.stages;
  auto now_in = std::find_if(stages.begin(), stages.end(), [&](const LifecycleStage& stage) {
    return holds(evaluation, stage.condition);
  });
  DefinitionId fingerprint = now_in == stages.end() ? 0 : now_in->fingerprint;
  if (fingerprint == customer.stage) return;
  for (uint32_t i = 0; i < stages.size(); ++i) {
    if (stages[i].fingerprint == customer.stage) out.push_back({true, i, false});
  }
  if (now_in != stages.end()) {
    out.push_back({true, static_cast<uint32_t>(now_in - stages.begin()), true});
  }
  customer.stage = fingerprint;
  customer.stage_since = evaluation.now().ms;
}

void Memberships::plan_next(Customer& customer, const Evaluation& evaluation) const {
  Timestamp next = Timestamp::never();
  for (uint32_t metric : time_metrics_) {
    next = std::min(next, customer.metrics[metric].next_change(workspace_.metrics[metric].shape,
                                                               evaluation.clock()));
  }
  customer.reevaluate_at = next.ms;
  customer.evaluated_at = std::max(customer.evaluated_at, evaluation.now().ms);
}

}  // namespace sapa
