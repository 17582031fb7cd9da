// Event + customer → decisions: steps 3 to 8 in the life of an event (engine/README.md). Pure: time
// comes in as an argument, the customer is changed in place, triggers and decisions go to the sink.
// One per shard; one thread.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/decision/decision.h"
#include "engine/evaluation/condition_matcher.h"
#include "engine/evaluation/evaluation.h"
#include "engine/message/render.h"
#include "engine/message/trigger.h"
#include "engine/program/memberships.h"

namespace sapa {

/// Names of the campaigns that an operator has switched off.
using KilledCampaigns = std::set<std::string, std::less<>>;

/// Where decisions go. What is passed lives until the call returns.
class DecisionSink {
 public:
  virtual ~DecisionSink() = default;
  virtual void on_trigger(const Campaign& campaign, const Trigger& trigger) = 0;
  /// Every decision, also that of each trigger (before on_trigger).
  virtual void on_decision(const Campaign& campaign, const Decision& decision) = 0;
  /// A metric's expression failed; `why` is CEL's text.
  virtual void on_metric_error(const Metric& metric, std::string_view why) = 0;
};

class Decider {
 public:
  Decider(std::shared_ptr<const Workspace> workspace, DecisionSink& sink);

  enum class Outcome { kProcessed, kDuplicate };

  /// One event of this customer. `clock` is when its triggers would come out (the wall clock; when
  /// replaying history, the shard's clock). Timers due at or before the event fire first; with
  /// `wall` unset they come out on time, whatever the clock.
  Outcome on_event(Customer& customer, const Event& event, Timestamp clock,
                   std::optional<Timestamp> wall);

  /// Fires the customer's timers due at or before `up_to`, in order of time.
  void fire_due(Customer& customer, Timestamp up_to, std::optional<Timestamp> wall);

  /// Takes what is due at or before `up_to` away without working it, after it has failed; each
  /// campaign's decision says `why`. Segments and stages are evaluated again with the next event.
  void give_up_due(Customer& customer, Timestamp up_to, std::string_view why);

  /// When the customer's earliest timer is due; never() if none is.
  Timestamp next_due(const Customer& customer) const;

  /// Prepares a customer seen for the first time, or just decoded.
  void adopt(Customer& customer) const;

  /// The campaigns that an operator has killed, by name; names that the workspace does not have are
  /// passed over.
  void set_killed(const KilledCampaigns& names);

  const Workspace& workspace() const { return *workspace_; }

 private:
  /// A campaign whose `when` has come true.
  struct Candidate {
    uint32_t campaign;
    std::optional<PatternInstance> pattern;  ///< completed or due
    std::string_view start_message_id;
  };

  bool learn_context(Customer& customer, const Event& event);
  void learn_traits(Customer& customer, const Event& event);
  void update_metrics(Customer& customer, const EventPlan& plan);
  void update_memberships(Customer& customer, const Event& event, const EventPlan& plan,
                          const EventView& view, bool context_changed);
  void evaluate_affected(Customer& customer, const Event& event, const EventPlan& plan);
  void note_before(const Customer& customer, const EventPlan& plan);
  void collect_reached(Customer& customer, const EventPlan& plan);
  bool mark_reached(Customer& customer, const Campaign& campaign);
  double metric_number(const Customer& customer, uint32_t metric) const;
  void collect_transitions();
  void collect_event_campaigns(const EventPlan& plan);
  void collect_matches(const ConditionIndex& index, const ConditionIndex* other);
  void watch_silences(Customer& customer, Timestamp now) const;
  void put_off_silences(Customer& customer, const EventPlan& plan, const EventView& event);
  bool remember_message(Customer& customer, const Event& event) const;

  // timers.cc, with the public ones
  void fire_at(Customer& customer, Timestamp due, std::optional<Timestamp> wall);

  // patterns.cc
  void cancel_patterns(Customer& customer, const EventPlan& plan, const EventView& event);
  void advance_patterns(Customer& customer, const EventPlan& plan, const EventView& event,
                        std::string_view message_id);
  void collect_step_turns(const Customer& customer, const EventPlan& plan, const EventView& event);
  void start_pattern(Customer& customer, const Campaign& campaign, const EventView& event,
                     std::string_view message_id);
  bool advance_instance(PatternInstance& instance, const Campaign& campaign, uint32_t step,
                        const EventView& event);
  void capture(PatternInstance& instance, const PatternStep& step, const EventView& event) const;
  void load_steps(const PatternInstance& instance, const Campaign& campaign);
  void forget_stale_patterns(Customer& customer, Timestamp now) const;

  /// The plan of any event, or null if `plan` is that one already.
  const CampaignPlan* any_plan(const EventPlan& plan) const;
  bool condition_holds(const Campaign& campaign, const ProgramPtr& condition);
  void put_error(const Customer& customer, const Campaign& campaign, Timestamp time,
                 std::string_view why);
  void record_failure(const Campaign& campaign, std::string_view why);
  void record_left_out();
  void decide_candidates(Customer& customer, const Event* event, Timestamp clock);
  void decide(Customer& customer, const Candidate& candidate, const Event* event, Timestamp clock);
  void suppress(Customer& customer, const Campaign& campaign, Decision& decision, Reason reason,
                std::string_view detail);
  const Campaign* campaign_of(DefinitionId definition) const {
    return workspace_->campaign_of(definition);
  }

  std::shared_ptr<const Workspace> workspace_;
  DecisionSink& sink_;
  Arena arena_{16 << 10};  // of one event or timer
  Evaluation evaluation_;
  ConditionMatcher matcher_;
  Memberships memberships_;
  Renderer renderer_;
  std::vector<bool> killed_;  // by campaign; empty: none is

  // Of the event or timer that is being worked on:
  std::vector<Candidate> candidates_;
  std::vector<Transition> transitions_;
  std::vector<EventView> steps_;
  std::vector<double> reached_before_;  // by EventPlan::reached_metrics
  /// A step of a pattern that this event may be; in the order in which steps are tried.
  struct StepTurn {
    uint32_t rank;
    uint32_t step;
    const ConditionMatcher::Match* first;  // of step 0
  };
  std::vector<StepTurn> step_turns_;
  std::vector<uint32_t> ranks_;
  std::string key_text_;
};

/// The deterministic id of a trigger: 32 hexadecimal digits over campaign, version, customer and
/// cause.
void append_trigger_id(const Campaign& campaign, std::string_view customer_id,
                       std::string_view message_id, Timestamp time, std::string& out);

}  // namespace sapa
