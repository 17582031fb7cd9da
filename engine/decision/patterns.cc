// Patterns: A then B within a time, A and then not B within a time, joined by what the steps'
// conditions compare.
#include <algorithm>

#include "engine/customer/value_codec.h"
#include "engine/decision/decider.h"

namespace sapa {
namespace {

bool is_joined(const Campaign& campaign) {
  return campaign.when.without && campaign.when.without->condition != nullptr;
}

}  // namespace

/// A kept step: varint of its time after the pattern's start (zigzag), then the kept paths.
void Decider::capture(PatternInstance& instance, const PatternStep& step,
                      const EventView& event) const {
  std::string bytes;
  ByteWriter out(bytes);
  out.zigzag(event.timestamp.ms - instance.started);
  bytes += encode_paths(event.message, step.captures);
  instance.captures.push_back(std::move(bytes));
}

/// Makes the instance's done steps readable; for a pattern that fires by a timer its last step is
/// the event too.
void Decider::load_steps(const PatternInstance& instance, const Campaign& campaign) {
  steps_.clear();
  for (size_t i = 0; i < instance.captures.size() && i < campaign.when.steps.size(); ++i) {
    const PatternStep& step = campaign.when.steps[i];
    std::string_view bytes = instance.captures[i];
    ByteReader in(bytes);
    Timestamp time{instance.started + in.zigzag()};
    Value kept = decode_value(bytes.substr(bytes.size() - in.left()), arena_);
    std::string_view name;
    if (step.events.names.size() == 1) name = step.events.names[0];
    steps_.push_back(EventView::of_kept(kept, name, time));
  }
  evaluation_.set_steps(steps_);
}

void Decider::cancel_patterns(Customer& customer, const EventPlan& plan, const EventView& event) {
  if (customer.patterns.empty()) return;
  for (uint32_t index : plan.absences) {
    const Campaign& campaign = workspace_->campaigns[index];
    std::erase_if(customer.patterns, [&](const PatternInstance& instance) {
      if (instance.campaign != campaign.fingerprint) return false;
      if (event.timestamp.ms < instance.started) return false;
      if (is_joined(campaign)) load_steps(instance, campaign);
      return condition_holds(campaign, campaign.when.without->condition);
    });
  }
  evaluation_.set_steps({});
}

void Decider::advance_patterns(Customer& customer, const EventPlan& plan, const EventView& event,
                               std::string_view message_id) {
  if (plan.steps.empty()) return;
  forget_stale_patterns(customer, event.timestamp);
  for (EventPlan::StepRef ref : plan.steps) {
    const uint32_t index = ref.campaign, step = ref.step;
    const Campaign& campaign = workspace_->campaigns[index];
    evaluation_.set_steps({});
    if (step == 0) {
      if (condition_holds(campaign, campaign.when.steps[0].condition)) {
        start_pattern(customer, campaign, event, message_id);
      }
      continue;
    }
    std::erase_if(customer.patterns, [&](PatternInstance& instance) {
      if (instance.campaign != campaign.fingerprint || instance.steps_done != step) return false;
      return advance_instance(instance, campaign, step, event);
    });
  }
  evaluation_.set_steps({});
}

void Decider::start_pattern(Customer& customer, const Campaign& campaign, const EventView& event,
                            std::string_view message_id) {
  const When& when = campaign.when;
  auto ours = [&](const PatternInstance& i) { return i.campaign == campaign.fingerprint; };
  if (when.restart) {
    // Beginning anew replaces what this event would have ended had it been the awaited one: of a
    // joined pattern, the instances with the same key.
    std::erase_if(customer.patterns, [&](const PatternInstance& instance) {
      if (!ours(instance) || event.timestamp.ms < instance.started) return false;
      if (!is_joined(campaign)) return true;
      load_steps(instance, campaign);
      return condition_holds(campaign, when.without->condition);
    });
    evaluation_.set_steps({});
  } else if (when.steps.size() == 1 && !is_joined(campaign)) {
    if (std::any_of(customer.patterns.begin(), customer.patterns.end(), ours)) return;
  }
  auto count = std::count_if(customer.patterns.begin(), customer.patterns.end(), ours);
  if (count >= static_cast<ptrdiff_t>(when.max_instances)) {
    customer.patterns.erase(std::find_if(customer.patterns.begin(), customer.patterns.end(), ours));
  }
  PatternInstance instance;
  instance.campaign = campaign.fingerprint;
  instance.steps_done = 1;
  instance.started = event.timestamp.ms;
  instance.deadline = (event.timestamp + when.within).ms;
  instance.start_message_id = message_id;
  capture(instance, when.steps[0], event);
  customer.patterns.push_back(std::move(instance));
}

/// True if the instance is over: its last step has come, and it is a candidate now.
bool Decider::advance_instance(PatternInstance& instance, const Campaign& campaign, uint32_t step,
                               const EventView& event) {
  const When& when = campaign.when;
  if (event.timestamp.ms < instance.started || event.timestamp.ms > instance.deadline) return false;
  load_steps(instance, campaign);
  if (event.timestamp < steps_.back().timestamp) return false;
  if (!condition_holds(campaign, when.steps[step].condition)) return false;
  bool last = step + 1 == when.steps.size();
  if (last && !when.without) {
    // One event starts a campaign once: of several instances that it completes, the latest begun
    // tells the story.
    auto same = [&](const Candidate& c) { return c.campaign == campaign.index; };
    std::erase_if(candidates_, same);
    candidates_.push_back({campaign.index, std::move(instance), {}});
    return true;
  }
  instance.steps_done = step + 1;
  capture(instance, when.steps[step], event);
  return false;
}

/// A sequence that nothing can complete any more goes; one that waits for an absence fires by its
/// timer.
void Decider::forget_stale_patterns(Customer& customer, Timestamp now) const {
  std::erase_if(customer.patterns, [&](const PatternInstance& instance) {
    if (instance.deadline >= now.ms) return false;
    const Campaign* campaign = campaign_of(instance.campaign);
    return campaign == nullptr || !campaign->when.without ||
           instance.steps_done < campaign->when.steps.size();
  });
}

}  // namespace sapa
