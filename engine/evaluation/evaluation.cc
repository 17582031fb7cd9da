#include "engine/evaluation/evaluation.h"

#include <algorithm>
#include <new>

#include "engine/base/json.h"
#include "engine/customer/value_codec.h"
#include "engine/workspace/variables.h"

namespace sapa {
namespace {

/// `metrics.views` where views is kept by key: a map from key to value. Lives in the arena, is
/// never destroyed.
class KeyedMetric final : public HostMap {
 public:
  KeyedMetric(const MetricState& state, const MetricShape& shape, const MetricClock& clock,
              Arena& arena)
      : state_(state), shape_(shape), clock_(clock), arena_(arena) {}

  Value find(const Value& key) const override {
    if (key.is(Kind::kString)) return state_.read(shape_, clock_, key.as_string());
    std::string text;  // as Decider::update_metrics makes it when an event comes
    append_text(key, text);
    return state_.read(shape_, clock_, text);
  }
  /// A count is 0 for every key; the map's keys are those that have been counted.
  bool contains(const Value& key) const override {
    collect();
    std::string text;
    append_text(key, text);
    return std::any_of(keys_, keys_ + count_,
                       [&](uint32_t i) { return state_.key_text(i) == text; });
  }
  uint32_t size() const override {
    collect();
    return count_;
  }
  Value key_at(uint32_t i) const override {
    collect();
    return Value::of_string(state_.key_text(keys_[i]));
  }

 private:
  void collect() const {
    if (keys_ != nullptr) return;
    std::vector<uint32_t> live;
    state_.live_keys(shape_, clock_, live);
    count_ = static_cast<uint32_t>(live.size());
    keys_ = arena_.array<uint32_t>(count_ + 1);
    std::copy(live.begin(), live.end(), keys_);
  }

  const MetricState& state_;
  const MetricShape& shape_;
  MetricClock clock_;
  Arena& arena_;
  mutable uint32_t* keys_ = nullptr;
  mutable uint32_t count_ = 0;
};

Value map_or_empty(const Value& value) {
  return value.is(Kind::kMap) ? value : Value::of_map(nullptr, 0);
}

Value text_or_absent(std::string_view text) {
  return text.empty() ? Value::absent() : Value::of_string(text);
}

Value view_slot(const EventView& view, uint32_t step_slot) {
  switch (step_slot) {
    case variables::kStepMessage:
      return view.message;
    case variables::kStepName:
      return text_or_absent(view.name);
    case variables::kStepTimestamp:
      return Value::of_timestamp_ms(view.timestamp.ms);
    case variables::kStepProperties:
      return view.properties;
    case variables::kStepContext:
      return view.context;
    case variables::kStepTraits:
      return view.traits;
    default:
      return Value::absent();
  }
}

}  // namespace

EventView EventView::of(const Event& event) {
  return {event.message, event.properties, event.context,
          event.traits,  event.name,       event.timestamp};
}

EventView EventView::of_kept(const Value& message, std::string_view name, Timestamp timestamp) {
  return {map_or_empty(message),
          map_or_empty(message.field("properties")),
          map_or_empty(message.field("context")),
          map_or_empty(message.field("traits")),
          name,
          timestamp};
}

void Evaluation::begin(const Customer& customer, const EventView* event, Timestamp now) {
  customer_ = &customer;
  event_ = event;
  now_ = now;
  steps_ = {};
  traits_known_ = false;
  budget_ = kBudget;
}

Value Evaluation::run(const expression::Program& program) const {
  if (budget_.steps == 0 || budget_.bytes == 0) {
    return Value::of_error("the conditions and texts of this event exceed their limit together");
  }
  return program.evaluate(*this, arena_, budget_);
}

Evaluation::Answer Evaluation::holds(const expression::Program* condition,
                                     std::string_view& why) const {
  if (condition == nullptr) return Answer::kYes;
  Value answer = run(*condition);
  if (answer.is(Kind::kBool)) return answer.boolean ? Answer::kYes : Answer::kNo;
  if (answer.is_error()) {
    why = answer.as_string();
  } else {
    why = "the condition gave no true or false";
  }
  return Answer::kError;
}

Value Evaluation::load(uint32_t slot) const {
  if (slot >= variables::kSteps) return load_step(slot - variables::kSteps);
  if (slot >= variables::kSegments) {
    return Value::of_bool(
        customer_->is_in(workspace_.segments[slot - variables::kSegments].fingerprint));
  }
  if (slot >= variables::kMetrics) return load_metric(slot - variables::kMetrics);
  if (slot >= variables::kCustomer) return load_customer(slot);
  if (event_ == nullptr) return Value::absent();
  switch (slot) {
    case variables::kEvent:
      return event_->message;
    case variables::kEventName:
      return text_or_absent(event_->name);
    case variables::kEventTimestamp:
      return Value::of_timestamp_ms(event_->timestamp.ms);
    case variables::kEventProperties:
      return event_->properties;
    case variables::kEventContext:
      return event_->context;
    case variables::kEventTraits:
      return event_->traits;
    default:
      return Value::absent();
  }
}

Value Evaluation::load_step(uint32_t slot) const {
  uint32_t step = slot / 8;
  return step < steps_.size() ? view_slot(steps_[step], slot % 8) : Value::absent();
}

Value Evaluation::load_metric(uint32_t index) const {
  const Metric& metric = workspace_.metrics[index];
  const MetricState& state = customer_->metrics[index];
  if (!metric.shape.by_key) return state.read(metric.shape, clock(), {});
  void* place = arena_.allocate(sizeof(KeyedMetric), alignof(KeyedMetric));
  return Value::of_host_map(new (place) KeyedMetric(state, metric.shape, clock(), arena_));
}

Value Evaluation::load_customer(uint32_t slot) const {
  const Customer& customer = *customer_;
  switch (slot) {
    case variables::kCustomer:
      return traits();
    case variables::kCustomerId:
      return Value::of_string(customer.id);
    case variables::kCustomerFirstSeen:
      return customer.is_new() ? Value::absent() : Value::of_timestamp_ms(customer.first_seen);
    case variables::kCustomerLastSeen:
      return customer.is_new() ? Value::absent() : Value::of_timestamp_ms(customer.last_seen);
    case variables::kCustomerTimeZone:
      return Value::of_string(customer.time_zone.empty() ? workspace_.policy.time_zone_name
                                                         : customer.time_zone);
    case variables::kCustomerLocale:
      return Value::of_string(customer.locale.empty() ? workspace_.policy.locale : customer.locale);
    case variables::kCustomerStage:
      for (const LifecycleStage& stage : workspace_.lifecycle.stages) {
        if (stage.fingerprint == customer.stage) return Value::of_string(stage.name);
      }
      return Value::absent();
    case variables::kNow:
      return Value::of_timestamp_ms(now_.ms);
    default:
      return Value::absent();
  }
}

Value Evaluation::traits() const {
  if (!traits_known_) {
    traits_ = customer_->traits.empty() ? Value::of_map(nullptr, 0)
                                        : map_or_empty(decode_value(customer_->traits, arena_));
    traits_known_ = true;
  }
  return traits_;
}

}  // namespace sapa
