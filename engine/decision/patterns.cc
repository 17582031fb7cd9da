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
  ByteWriter(bytes).zigzag(event.timestamp.ms - instance.started);
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
  const CampaignPlan* any = any_plan(plan);
  if (!plan.campaigns.any_absence && (any == nullptr || !any->any_absence)) return;
  ranks_.clear();
  for (const PatternInstance& instance : customer.patterns) {
    const Campaign* campaign = campaign_of(instance.campaign);
    if (campaign == nullptr || !campaign->when.without) continue;
    if (campaign->when.without->events.matches(event.name)) ranks_.push_back(campaign->rank);
  }
  std::sort(ranks_.begin(), ranks_.end());
  ranks_.erase(std::unique(ranks_.begin(), ranks_.end()), ranks_.end());
  for (uint32_t rank : ranks_) {
    const Campaign& campaign = workspace_->at_rank(rank);
    std::erase_if(customer.patterns.change(), [&](const PatternInstance& instance) {
      if (instance.campaign != campaign.fingerprint) return false;
      if (event.timestamp.ms < instance.started) return false;
      if (is_joined(campaign)) load_steps(instance, campaign);
      return condition_holds(campaign, campaign.when.without->condition);
    });
  }
  evaluation_.set_steps({});
}

/// The steps that this event may be: of instances under way the next one, and first steps whose
/// condition holds. By rank; of one campaign later steps first, so that no event is two of them.
void Decider::collect_step_turns(const Customer& customer, const EventPlan& plan,
                                 const EventView& event) {
  step_turns_.clear();
  const CampaignPlan* any = any_plan(plan);
  evaluation_.set_steps({});
  const auto& begun =
      matcher_.match(plan.campaigns.first_steps, any == nullptr ? nullptr : &any->first_steps);
  for (const ConditionMatcher::Match& match : begun) step_turns_.push_back({match.rank, 0, &match});
  for (const PatternInstance& instance : customer.patterns) {
    const Campaign* campaign = campaign_of(instance.campaign);
    if (campaign == nullptr || instance.steps_done >= campaign->when.steps.size()) continue;
    const PatternStep& next = campaign->when.steps[instance.steps_done];
    if (!next.events.matches(event.name)) continue;
    step_turns_.push_back({campaign->rank, instance.steps_done, nullptr});
  }
  auto key = [](const StepTurn& turn) { return std::pair(turn.rank, ~turn.step); };
  std::sort(step_turns_.begin(), step_turns_.end(),
            [&](const StepTurn& a, const StepTurn& b) { return key(a) < key(b); });
  step_turns_.erase(
      std::unique(step_turns_.begin(), step_turns_.end(),
                  [&](const StepTurn& a, const StepTurn& b) { return key(a) == key(b); }),
      step_turns_.end());
}

void Decider::advance_patterns(Customer& customer, const EventPlan& plan, const EventView& event,
                               std::string_view message_id) {
  const CampaignPlan* any = any_plan(plan);
  if (!plan.campaigns.any_step && (any == nullptr || !any->any_step)) return;
  forget_stale_patterns(customer, event.timestamp);
  collect_step_turns(customer, plan, event);
  for (const StepTurn& turn : step_turns_) {
    const Campaign& campaign = workspace_->at_rank(turn.rank);
    evaluation_.set_steps({});
    if (turn.step == 0) {
      if (turn.first->failed) {
        record_failure(campaign, turn.first->why);
      } else {
        start_pattern(customer, campaign, event, message_id);
      }
      continue;
    }
    std::erase_if(customer.patterns.change(), [&](PatternInstance& instance) {
      if (instance.campaign != campaign.fingerprint || instance.steps_done != turn.step) {
        return false;
      }
      return advance_instance(instance, campaign, turn.step, event);
    });
  }
  record_left_out();
  evaluation_.set_steps({});
}

void Decider::start_pattern(Customer& customer, const Campaign& campaign, const EventView& event,
                            std::string_view message_id) {
  const When& when = campaign.when;
  std::vector<PatternInstance>& patterns = customer.patterns.change();
  auto ours = [&](const PatternInstance& i) { return i.campaign == campaign.fingerprint; };
  if (when.restart) {
    // Beginning anew replaces what this event would have ended had it been the awaited one: of a
    // joined pattern, the instances with the same key.
    std::erase_if(patterns, [&](const PatternInstance& instance) {
      if (!ours(instance) || event.timestamp.ms < instance.started) return false;
      if (!is_joined(campaign)) return true;
      load_steps(instance, campaign);
      return condition_holds(campaign, when.without->condition);
    });
    evaluation_.set_steps({});
  } else if (when.steps.size() == 1 && !is_joined(campaign)) {
    if (std::any_of(patterns.begin(), patterns.end(), ours)) return;
  }
  auto count = std::count_if(patterns.begin(), patterns.end(), ours);
  if (count >= static_cast<ptrdiff_t>(when.max_instances)) {
    patterns.erase(std::find_if(patterns.begin(), patterns.end(), ours));
  }
  PatternInstance instance;
  instance.campaign = campaign.fingerprint;
  instance.steps_done = 1;
  instance.started = event.timestamp.ms;
  instance.deadline = (event.timestamp + when.within).ms;
  instance.start_message_id = message_id;
  capture(instance, when.steps[0], event);
  patterns.push_back(std::move(instance));
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
  customer.patterns.erase_if([&](const PatternInstance& instance) {
    if (instance.deadline >= now.ms) return false;
    const Campaign* campaign = campaign_of(instance.campaign);
    return campaign == nullptr || !campaign->when.without ||
           instance.steps_done < campaign->when.steps.size();
  });
}

}  // namespace sapa
