// The part of Decider that works a customer's timers: absences whose time is over, silences, and
// segments and stages that change by time alone.
#include <algorithm>

#include "engine/decision/decider.h"

namespace sapa {

Timestamp Decider::next_due(const Customer& customer) const {
  if (const auto& known = customer.due_when_opened;
      known && !customer.patterns.changed() && !customer.silences.changed() &&
      customer.reevaluate_at == known->reevaluate_at) {
    return known->earliest;
  }
  int64_t due = customer.reevaluate_at;
  for (const PatternInstance& instance : customer.patterns) {
    const Campaign* campaign = campaign_of(instance.campaign);
    if (campaign && campaign->when.without && instance.steps_done == campaign->when.steps.size()) {
      due = std::min(due, instance.deadline);
    }
  }
  for (const SilenceWatch& watch : customer.silences) {
    const Campaign* campaign = campaign_of(watch.campaign);
    if (campaign && !watch.fired) due = std::min(due, watch.since + campaign->when.within.ms);
  }
  return Timestamp{due};
}

void Decider::fire_due(Customer& customer, Timestamp up_to, std::optional<Timestamp> wall) {
  for (Timestamp due = next_due(customer); due <= up_to; due = next_due(customer)) {
    fire_at(customer, due, wall);
  }
}

void Decider::give_up_due(Customer& customer, Timestamp up_to, std::string_view why) {
  std::vector<const Campaign*> failed;
  std::erase_if(customer.patterns.change(), [&](const PatternInstance& instance) {
    const Campaign* campaign = campaign_of(instance.campaign);
    if (!campaign || !campaign->when.without || instance.deadline > up_to.ms ||
        instance.steps_done != campaign->when.steps.size()) {
      return false;
    }
    failed.push_back(campaign);
    return true;
  });
  for (SilenceWatch& watch : customer.silences.change()) {
    const Campaign* campaign = campaign_of(watch.campaign);
    if (!campaign || watch.fired || watch.since + campaign->when.within.ms > up_to.ms) continue;
    watch.fired = true;
    failed.push_back(campaign);
  }
  if (customer.reevaluate_at <= up_to.ms) customer.reevaluate_at = Timestamp::never().ms;
  for (const Campaign* campaign : failed) put_error(customer, *campaign, up_to, why);
}

void Decider::fire_at(Customer& customer, Timestamp due, std::optional<Timestamp> wall) {
  arena_.reset();
  candidates_.clear();
  transitions_.clear();
  evaluation_.begin(customer, nullptr, due);
  std::erase_if(customer.patterns.change(), [&](PatternInstance& instance) {
    if (instance.deadline != due.ms) return false;
    const Campaign* campaign = campaign_of(instance.campaign);
    if (!campaign || !campaign->when.without) return false;
    if (instance.steps_done != campaign->when.steps.size()) return false;
    candidates_.push_back({campaign->index, std::move(instance), {}});
    return true;
  });
  for (SilenceWatch& watch : customer.silences.change()) {
    const Campaign* campaign = campaign_of(watch.campaign);
    if (!campaign || watch.fired || watch.since + campaign->when.within.ms != due.ms) continue;
    watch.fired = true;
    if (condition_holds(*campaign, campaign->when.condition)) {
      candidates_.push_back({campaign->index, {}, {}});
    }
  }
  if (customer.reevaluate_at == due.ms) {
    memberships_.evaluate_all(customer, evaluation_, transitions_);
    matcher_.begin();
    collect_transitions();
  }
  decide_candidates(customer, nullptr, wall.value_or(due));
}

}  // namespace sapa
