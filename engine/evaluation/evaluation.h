// The values of a workspace's variables while one event or timer of one customer is worked on.
// Reads the customer and the event; changes neither. Values are worked out when an expression asks
// for them. One thread; reused from event to event.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/time.h"
#include "engine/base/value.h"
#include "engine/customer/customer.h"
#include "engine/event/event.h"
#include "engine/expression/expression.h"
#include "engine/workspace/workspace.h"

namespace sapa {

/// The part of an event that expressions can see: a whole event, or what a pattern kept of one.
struct EventView {
  Value message, properties, context, traits;
  std::string_view name;
  Timestamp timestamp;

  static EventView of(const Event& event);
  /// Of a kept map of paths (value_codec.h).
  static EventView of_kept(const Value& message, std::string_view name, Timestamp timestamp);
};

class Evaluation final : public expression::Activation {
 public:
  Evaluation(const Workspace& workspace, Arena& arena) : workspace_(workspace), arena_(arena) {}

  /// From now on: this customer, as of `now`. `event` null: none at hand. Forgets the steps.
  void begin(const Customer& customer, const EventView* event, Timestamp now);
  void set_event(const EventView* event) { event_ = event; }
  void set_steps(std::span<const EventView> steps) { steps_ = steps; }
  /// After the customer's traits have changed.
  void forget_traits() { traits_known_ = false; }

  const Workspace& workspace() const { return workspace_; }
  const Customer& customer() const { return *customer_; }
  Timestamp now() const { return now_; }
  Arena& arena() { return arena_; }
  MetricClock clock() const { return {now_, customer_->zone, &calendar_}; }

  Value run(const expression::Program& program) const;

  enum class Answer { kYes, kNo, kError };
  /// A null program holds. On kError, `why` is the text, in the arena.
  Answer holds(const expression::Program* condition, std::string_view& why) const;
  Answer holds(const ProgramPtr& condition, std::string_view& why) const {
    return holds(condition.get(), why);
  }

  /// What all evaluations from one begin() to the next may use together; beyond it they fail.
  static constexpr expression::Budget kBudget = {5'000'000, 64 << 20};

  Value load(uint32_t slot) const override;

 private:
  Value load_metric(uint32_t index) const;
  Value load_step(uint32_t slot) const;
  Value load_customer(uint32_t slot) const;
  Value traits() const;

  const Workspace& workspace_;
  Arena& arena_;
  const Customer* customer_ = nullptr;
  const EventView* event_ = nullptr;
  std::span<const EventView> steps_;
  Timestamp now_;
  mutable CalendarCache calendar_;
  mutable Value traits_;
  mutable bool traits_known_ = false;
  mutable expression::Budget budget_ = kBudget;
};

}  // namespace sapa
