#include "engine/decision/decider.h"

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/customer/value_codec.h"
#include "engine/policy/policy.h"

namespace sapa {

void append_trigger_id(const Campaign& campaign, std::string_view customer_id,
                       std::string_view message_id, Timestamp time, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (uint64_t half = 0; half < 2; ++half) {
    uint64_t h = hash64(campaign.name, half + 1);
    h = hash64(campaign.version, h);
    h = hash64(customer_id, h);
    h = hash64(message_id, h);
    h = mix64(h ^ static_cast<uint64_t>(time.ms), 0x9E3779B97F4A7C15);
    for (int shift = 60; shift >= 0; shift -= 4) out += kHex[h >> shift & 15];
  }
}

Decider::Decider(std::shared_ptr<const Workspace> workspace, DecisionSink& sink)
    : workspace_(std::move(workspace)),
      sink_(sink),
      evaluation_(*workspace_, arena_),
      matcher_(*workspace_, evaluation_),
      memberships_(*workspace_) {}

void Decider::set_killed(const KilledCampaigns& names) {
  killed_.clear();
  if (names.empty()) return;
  for (const Campaign& campaign : workspace_->campaigns) {
    killed_.push_back(names.contains(campaign.name));
  }
}

const CampaignPlan* Decider::any_plan(const EventPlan& plan) const {
  return &plan == &workspace_->any_event ? nullptr : &workspace_->any_event.campaigns;
}

void Decider::adopt(Customer& customer) const {
  customer.metrics.resize(workspace_->metrics.size());
  customer.all_silences_watched = false;
  customer.zone = workspace_->policy.time_zone;
  if (!customer.time_zone.empty()) {
    if (auto zone = TimeZone::find(customer.time_zone)) customer.zone = *zone;
  }
}

/// False if the message has been seen within the horizon.
bool Decider::remember_message(Customer& customer, const Event& event) const {
  const uint64_t id_hash = hash64(event.message_id);
  if (customer.seen.contains(id_hash)) return false;
  const Policy& policy = workspace_->policy;
  if (policy.deduplicate_at_most == 0) return true;
  const int64_t newest = std::max(customer.last_seen, event.timestamp.ms);
  customer.seen.drop(newest - policy.deduplicate_within.ms, policy.deduplicate_at_most);
  customer.seen.add(id_hash, event.timestamp.ms);
  return true;
}

Decider::Outcome Decider::on_event(Customer& customer, const Event& event, Timestamp clock,
                                   std::optional<Timestamp> wall) {
  if (!remember_message(customer, event)) return Outcome::kDuplicate;
  fire_due(customer, event.timestamp, wall);
  arena_.reset();
  candidates_.clear();
  transitions_.clear();

  EventView view = EventView::of(event);
  bool context_changed = learn_context(customer, event);
  evaluation_.begin(customer, &view, event.timestamp);
  learn_traits(customer, event);

  const EventPlan& plan = workspace_->plan(event.name);
  note_before(customer, plan);
  update_metrics(customer, plan);
  if (memberships_.any()) update_memberships(customer, event, plan, view, context_changed);
  matcher_.begin();
  cancel_patterns(customer, plan, view);
  advance_patterns(customer, plan, view, event.message_id);
  put_off_silences(customer, plan, view);
  collect_reached(customer, plan);
  collect_transitions();
  collect_event_campaigns(plan);
  decide_candidates(customer, &event, clock);

  if (customer.is_new()) customer.first_seen = event.timestamp.ms;
  customer.first_seen = std::min(customer.first_seen, event.timestamp.ms);
  customer.last_seen =
      customer.is_new() ? event.timestamp.ms : std::max(customer.last_seen, event.timestamp.ms);
  customer.events += 1;
  return Outcome::kProcessed;
}

/// True if the customer's zone or locale is not what it was.
bool Decider::learn_context(Customer& customer, const Event& event) {
  if (customer.is_new()) customer.anonymous = event.user_id.empty();
  const Policy& policy = workspace_->policy;
  // The workspace's own zone and locale are not stored: most customers have them.
  auto learn = [](std::string& kept, std::string_view said, std::string_view usual) {
    if (said.empty()) return false;
    if (said == usual) said = {};
    if (kept == said) return false;
    kept = said;
    return true;
  };
  bool changed = learn(customer.locale, event.locale, policy.locale);
  if (event.time_zone.empty()) return changed;
  if (customer.time_zone.empty() && event.time_zone == policy.time_zone_name) return changed;
  auto zone = TimeZone::find(event.time_zone);
  if (!zone || !learn(customer.time_zone, event.time_zone, policy.time_zone_name)) return changed;
  customer.zone = *zone;
  return true;
}

void Decider::learn_traits(Customer& customer, const Event& event) {
  if (event.type != EventType::kIdentify || event.traits.size == 0) return;
  Value known = Value::of_map(nullptr, 0);
  if (!customer.traits.empty()) known = decode_value(customer.traits, arena_);
  customer.traits = merge_maps(known, event.traits);
  evaluation_.forget_traits();
}

void Decider::update_metrics(Customer& customer, const EventPlan& plan) {
  for (uint32_t index : plan.metrics) {
    const Metric& metric = workspace_->metrics[index];
    std::string_view why;
    Evaluation::Answer answer = evaluation_.holds(metric.condition, why);
    if (answer == Evaluation::Answer::kError) sink_.on_metric_error(metric, why);
    if (answer != Evaluation::Answer::kYes) continue;
    Value value;
    if (metric.value_is_event_time) {
      value = Value::of_timestamp_ms(evaluation_.now().ms);
    } else if (metric.value) {
      value = evaluation_.run(*metric.value);
    }
    std::string_view key;
    if (metric.key) {
      Value key_value = evaluation_.run(*metric.key);
      if (key_value.is_error()) {
        sink_.on_metric_error(metric, key_value.as_string());
        continue;
      }
      if (key_value.is(Kind::kString)) {
        key = key_value.as_string();
      } else {
        key_text_.clear();
        append_text(key_value, key_text_);
        key = key_text_;
      }
    }
    bool added = customer.metrics[index].add(metric.shape, evaluation_.clock(), key, value);
    if (!added) {
      sink_.on_metric_error(
          metric, value.is_error() ? value.as_string() : "the value is not of the metric's kind");
    }
  }
}

/// Segments and stages hold as of the latest time known, be it that time alone has changed them: a
/// late event changes what they read, but takes nobody back to what they were then. Else time would
/// change them once more, and what it starts would come twice.
void Decider::update_memberships(Customer& customer, const Event& event, const EventPlan& plan,
                                 const EventView& view, bool context_changed) {
  if (customer.is_new()) return memberships_.evaluate_all(customer, evaluation_, transitions_);
  const int64_t latest = std::max({event.timestamp.ms, customer.last_seen, customer.evaluated_at});
  bool late = event.timestamp.ms < latest;
  if (late) evaluation_.begin(customer, &view, Timestamp{latest});
  if (context_changed) {
    // Conditions may read the locale, and in another time zone every calendar window ends at
    // another time.
    memberships_.evaluate_all(customer, evaluation_, transitions_);
  } else {
    evaluate_affected(customer, event, plan);
  }
  if (late) evaluation_.begin(customer, &view, event.timestamp);
}

void Decider::evaluate_affected(Customer& customer, const Event& event, const EventPlan& plan) {
  if (!plan.segments.empty() || plan.evaluate_lifecycle) {
    memberships_.evaluate(customer, evaluation_, plan.segments, plan.evaluate_lifecycle,
                          transitions_);
  }
  if (event.type == EventType::kIdentify &&
      (!workspace_->trait_segments.empty() || workspace_->lifecycle_reads_traits)) {
    memberships_.evaluate(customer, evaluation_, workspace_->trait_segments,
                          workspace_->lifecycle_reads_traits, transitions_);
  }
}

double Decider::metric_number(const Customer& customer, uint32_t metric) const {
  Value value =
      customer.metrics[metric].read(workspace_->metrics[metric].shape, evaluation_.clock(), {});
  return value.is_number() ? value.as_double() : 0;
}

/// What the metrics that start campaigns are before the event.
void Decider::note_before(const Customer& customer, const EventPlan& plan) {
  reached_before_.clear();
  for (uint32_t metric : plan.reached_metrics) {
    reached_before_.push_back(metric_number(customer, metric));
  }
}

/// A metric that has come to a campaign's value with this event, for the first time in its window.
void Decider::collect_reached(Customer& customer, const EventPlan& plan) {
  ranks_.clear();
  for (size_t i = 0; i < plan.reached_metrics.size(); ++i) {
    const auto& reaches = workspace_->reaches(plan.reached_metrics[i]);
    double before = reached_before_[i], now = metric_number(customer, plan.reached_metrics[i]);
    auto from = std::upper_bound(reaches.begin(), reaches.end(), before,
                                 [](double value, const Reach& reach) { return value < reach.at; });
    for (; from != reaches.end() && from->at <= now; ++from) ranks_.push_back(from->rank);
  }
  std::sort(ranks_.begin(), ranks_.end());
  for (uint32_t rank : ranks_) {
    const Campaign& campaign = workspace_->at_rank(rank);
    if (!mark_reached(customer, campaign)) continue;
    if (condition_holds(campaign, campaign.when.condition)) {
      candidates_.push_back({campaign.index, {}, {}});
    }
  }
}

/// False if the metric has reached the value in this window before.
bool Decider::mark_reached(Customer& customer, const Campaign& campaign) {
  const MetricWindow& window = workspace_->metrics[campaign.when.metric].shape.window;
  MetricClock clock = evaluation_.clock();
  auto mark =
      std::find_if(customer.reached.begin(), customer.reached.end(),
                   [&](const ReachedMark& m) { return m.campaign == campaign.fingerprint; });
  if (mark == customer.reached.end()) {
    customer.reached.change().push_back({campaign.fingerprint, clock.now.ms});
    return true;
  }
  bool same_window = window.kind == WindowKind::kForever;
  if (window.kind == WindowKind::kCalendar) {
    same_window =
        clock.calendar->window(clock.zone, window.unit, clock.now).contains(Timestamp{mark->time});
  } else if (window.kind == WindowKind::kSliding) {
    same_window = clock.now - Timestamp{mark->time} < window.length;
  }
  if (same_window) return false;
  ReachedMark& changed =
      customer.reached.change()[static_cast<size_t>(mark - customer.reached.begin())];
  changed.time = std::max(changed.time, clock.now.ms);
  return true;
}

void Decider::collect_matches(const ConditionIndex& index, const ConditionIndex* other) {
  if (index.empty() && (other == nullptr || other->empty())) return;
  for (const ConditionMatcher::Match& match : matcher_.match(index, other)) {
    const Campaign& campaign = workspace_->at_rank(match.rank);
    if (match.failed) {
      record_failure(campaign, match.why);
    } else {
      candidates_.push_back({campaign.index, {}, {}});
    }
  }
  record_left_out();
}

void Decider::collect_transitions() {
  for (const Transition& transition : transitions_) {
    const ConditionIndex* index =
        workspace_->on_transition(transition.is_stage, transition.index, transition.entered);
    if (index != nullptr) collect_matches(*index, nullptr);
  }
}

void Decider::collect_event_campaigns(const EventPlan& plan) {
  const CampaignPlan* any = any_plan(plan);
  collect_matches(plan.campaigns.starts, any == nullptr ? nullptr : &any->starts);
}

/// For somebody who never did it, "nothing for a time" starts with their first event of any kind.
void Decider::watch_silences(Customer& customer, Timestamp now) const {
  if (customer.all_silences_watched) return;
  customer.all_silences_watched = true;
  if (customer.silences.size() == workspace_->silences().size()) return;
  std::vector<DefinitionId> watched;
  for (const SilenceWatch& watch : customer.silences) watched.push_back(watch.campaign);
  std::sort(watched.begin(), watched.end());
  for (uint32_t index : workspace_->silences()) {
    DefinitionId campaign = workspace_->campaigns[index].fingerprint;
    if (!std::binary_search(watched.begin(), watched.end(), campaign)) {
      customer.silences.change().push_back({campaign, now.ms, false});
    }
  }
}

/// "Nothing for a time" starts anew with each such event.
void Decider::put_off_silences(Customer& customer, const EventPlan& plan, const EventView& event) {
  if (workspace_->silences().empty()) return;
  watch_silences(customer, event.timestamp);
  const CampaignPlan* any = any_plan(plan);
  if (plan.campaigns.silences.empty() && (any == nullptr || any->silences.empty())) return;
  for (SilenceWatch& watch : customer.silences.change()) {
    const Campaign* campaign = campaign_of(watch.campaign);
    // One of the same moment begins the same silence, which may have been told.
    if (campaign == nullptr || event.timestamp.ms <= watch.since) continue;
    if (!campaign->when.steps[0].events.matches(event.name)) continue;
    watch.since = event.timestamp.ms;
    watch.fired = false;
  }
}

/// A condition that fails is a recorded decision: silence, too, has its reason.
bool Decider::condition_holds(const Campaign& campaign, const ProgramPtr& condition) {
  std::string_view why;
  Evaluation::Answer answer = evaluation_.holds(condition, why);
  if (answer == Evaluation::Answer::kError) record_failure(campaign, why);
  return answer == Evaluation::Answer::kYes;
}

void Decider::record_failure(const Campaign& campaign, std::string_view why) {
  put_error(evaluation_.customer(), campaign, evaluation_.now(), why);
}

void Decider::put_error(const Customer& customer, const Campaign& campaign, Timestamp time,
                        std::string_view why) {
  Decision decision;
  decision.campaign = campaign.name;
  decision.campaign_version = campaign.version;
  decision.customer_id = customer.id;
  (customer.anonymous ? decision.anonymous_id : decision.user_id) = customer.id;
  decision.time = time;
  decision.reason = Reason::kEvaluationError;
  decision.detail = why;
  sink_.on_decision(campaign, decision);
}

/// One decision tells of all campaigns that were too many for one event.
void Decider::record_left_out() {
  if (matcher_.left_out() == 0) return;
  std::string why = "too many campaigns at once: of those that this could start, this one and " +
                    std::to_string(matcher_.left_out() - 1) +
                    " more of low priority were not looked at";
  record_failure(workspace_->at_rank(matcher_.first_left_out()), arena_.copy(why));
}

void Decider::decide_candidates(Customer& customer, const Event* event, Timestamp clock) {
  if (candidates_.empty()) return;
  if (candidates_.size() > 1) {
    std::stable_sort(
        candidates_.begin(), candidates_.end(), [&](const Candidate& a, const Candidate& b) {
          return workspace_->campaigns[a.campaign].rank < workspace_->campaigns[b.campaign].rank;
        });
  }
  for (const Candidate& candidate : candidates_) decide(customer, candidate, event, clock);
}

void Decider::suppress(Customer& customer, const Campaign& campaign, Decision& decision,
                       Reason reason, std::string_view detail) {
  decision.reason = reason;
  decision.detail = detail;
  remember_suppressed(campaign, decision.time, reason, customer);
  sink_.on_decision(campaign, decision);
}

void Decider::decide(Customer& customer, const Candidate& candidate, const Event* event,
                     Timestamp clock) {
  const Campaign& campaign = workspace_->campaigns[candidate.campaign];
  EventView kept_event;
  evaluation_.set_steps({});
  if (candidate.pattern) {
    load_steps(*candidate.pattern, campaign);
    if (event != nullptr) {
      steps_.push_back(EventView::of(*event));  // the last step, which may have a name, too
      evaluation_.set_steps(steps_);
    } else if (!steps_.empty()) {
      kept_event = steps_.back();
      evaluation_.set_event(&kept_event);
    }
  } else if (event == nullptr) {
    evaluation_.set_event(nullptr);
  } else {
    steps_.assign(1, EventView::of(*event));
    evaluation_.set_steps(steps_);
  }

  Trigger trigger;
  trigger.campaign = campaign.name;
  trigger.campaign_version = campaign.version;
  trigger.channel = campaign.channel;
  trigger.time = evaluation_.now();
  trigger.expires_at = campaign.expires ? trigger.time + *campaign.expires : Timestamp::never();
  trigger.priority = campaign.priority;
  if (event != nullptr) {
    trigger.source_message_id = event->message_id;
    trigger.user_id = event->user_id;
    trigger.anonymous_id = event->anonymous_id;
    trigger.traceparent = event->traceparent;
  } else {
    (customer.anonymous ? trigger.anonymous_id : trigger.user_id) = customer.id;
    if (candidate.pattern) trigger.source_message_id = candidate.pattern->start_message_id;
  }
  key_text_.clear();
  append_trigger_id(campaign, customer.id, trigger.source_message_id, trigger.time, key_text_);
  trigger.trigger_id = arena_.copy(key_text_);

  Decision decision;
  decision.campaign = trigger.campaign;
  decision.campaign_version = trigger.campaign_version;
  decision.customer_id = customer.id;
  decision.user_id = trigger.user_id;
  decision.anonymous_id = trigger.anonymous_id;
  decision.time = trigger.time;
  decision.trigger_id = trigger.trigger_id;
  decision.source_message_id = trigger.source_message_id;

  bool killed = !killed_.empty() && killed_[campaign.index];
  Verdict verdict = judge(campaign, evaluation_, clock, killed);
  if (verdict.reason != Reason::kSent) {
    return suppress(customer, campaign, decision, verdict.reason, verdict.detail);
  }
  trigger.locale = customer.locale.empty() ? std::string_view(workspace_->policy.locale)
                                           : std::string_view(customer.locale);
  std::string_view why;
  trigger.collapse_key = campaign.name;
  bool rendered =
      renderer_.render(campaign, trigger.locale, evaluation_, arena_, trigger.content, why) &&
      (campaign.collapse_key.empty() ||
       renderer_.render_text(campaign.collapse_key, trigger.locale, evaluation_, arena_,
                             trigger.collapse_key, why));
  if (!rendered) return suppress(customer, campaign, decision, Reason::kEvaluationError, why);

  remember_sent(*workspace_, campaign, trigger.time, customer);
  sink_.on_decision(campaign, decision);
  sink_.on_trigger(campaign, trigger);
}

}  // namespace sapa
