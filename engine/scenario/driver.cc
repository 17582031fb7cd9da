#include "engine/scenario/driver.h"

#include "engine/customer/lent_store.h"
#include "engine/customer/memory_store.h"
#include "engine/runtime/shard.h"

namespace sapa::scenarios {
namespace {

class MetricErrors final : public DecisionSink {
 public:
  explicit MetricErrors(std::vector<std::string>& names) : names_(names) {}
  void on_trigger(const Campaign&, const Trigger&) override {}
  void on_decision(const Campaign&, const Decision&) override {}
  void on_metric_error(const Metric& metric, std::string_view) override {
    names_.push_back(metric.name);
  }

 private:
  std::vector<std::string>& names_;
};

class Driver {
 public:
  Driver(const Scenario& scenario, std::shared_ptr<const Workspace> workspace, Commits commits)
      : scenario_(scenario), commits_(commits), errors_(outcome_.metric_errors) {
    use(std::move(workspace));
  }

  Result<Outcome> run() {
    if (Status started = start(); !started) return started.error();
    for (const Step& step : scenario_.steps) {
      Status done = perform(step);
      if (done && commits_ != Commits::kAtTheEnd) done = commit();
      if (done && commits_ == Commits::kRestartEveryStep) done = start();
      if (!done) return explain(step, done.error());
    }
    if (Status done = commit(); !done) return done.error();
    for (const Expectation& expected : scenario_.state) {
      auto described = shard_->describe(customer_of(expected));
      if (!described) return described.error();
      outcome_.state.push_back(described->value_or("null"));
    }
    return std::move(outcome_);
  }

 private:
  static Error explain(const Step& step, const Error& error) {
    const SourcePosition& at = step.position;
    return user_error(at.file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) +
                      ": error: " + error.message);
  }

  /// A customer who is known by both is found by the user's id.
  static std::string_view customer_of(const Expectation& expected) {
    std::string_view id;
    for (const ExpectedField& field : expected) {
      if (field.name == "user") return field.text;
      if (field.name == "anonymous") id = field.text;
    }
    return id;
  }

  Status start() {
    ShardOptions options;
    options.clock = scenario_.wall_clock ? ClockMode::kWall : ClockMode::kEvent;
    options.output.observer = &errors_;
    if (commits_ == Commits::kAfterEveryStep) options.cache_bytes = 1;
    int64_t offset = shard_ ? shard_->next_offset() : 0;
    shard_ = std::make_unique<Shard>(0, offset, rules_.workspace,
                                     std::make_unique<LentStore>(store_), options);
    shard_->adopt(rules_);
    return shard_->open();
  }

  Status perform(const Step& step) {
    switch (step.kind) {
      case Step::Kind::kEvent:
        return put(step);
      case Step::Kind::kWall:
        wall_ = std::max(wall_, step.at);
        return {};
      case Step::Kind::kRestart:
        if (Status done = commit(); !done) return done;
        return start();
      case Step::Kind::kReload:
        use(step.workspace);
        return adopt();
      case Step::Kind::kKill:
        killed_.insert(step.campaign);
        return adopt();
      case Step::Kind::kResume:
        killed_.erase(step.campaign);
        return adopt();
      case Step::Kind::kClock:
        break;
    }
    return pass_time(step.at);
  }

  void use(std::shared_ptr<const Workspace> workspace) {
    rules_.layout = std::make_shared<const RecordLayout>(record_layout(*workspace));
    rules_.workspace = std::move(workspace);
  }

  /// At an epoch's edge, as a worker does it.
  Status adopt() {
    if (Status done = commit(); !done) return done;
    rules_.killed = std::make_shared<const KilledCampaigns>(killed_);
    shard_->adopt(rules_);
    return {};
  }

  /// The wall clock goes on, and every timer on the way fires when it is due; without a wall clock
  /// nothing happens.
  Status pass_time(Timestamp until) {
    while (true) {
      Timestamp due = std::max(wall_, shard_->earliest_timer());
      wall_ = std::max(wall_, std::min(due, until));
      if (scenario_.wall_clock) shard_->on_end(shard_->next_offset(), wall_);
      if (Status fired = shard_->fire_timers(wall_, *epoch_); !fired) return fired;
      if (wall_ >= until || !scenario_.wall_clock) return {};
    }
  }

  /// The engine has been running all the time, so what was due before has fired on time.
  Status put(const Step& step) {
    if (step.received > wall_) {
      if (Status passed = pass_time(step.received); !passed) return passed;
    }
    InputItem item;
    item.offset = shard_->next_offset();
    item.record.value = step.json;
    item.record.received = step.received;
    uint64_t refused = shard_->counters().dead_letters;
    if (Status done = shard_->on_record(item, wall_, *epoch_); !done) return done;
    if (shard_->counters().dead_letters == refused) return {};
    return user_error("the event is refused: " + step.json);
  }

  Status commit() {
    bool any = shard_->take(*epoch_);
    std::unique_ptr<Epoch> epoch = std::move(epoch_);
    epoch_ = std::make_unique<Epoch>();
    epoch_->number = epoch->number + 1;
    if (!any) return {};
    for (const OutputRecord& record : epoch->shards[0].outputs) {
      if (record.stream == Stream::kTriggers) outcome_.triggers.emplace_back(record.value);
      if (record.stream != Stream::kDecisions) continue;
      bool sent = record.value.find("\"reason\":\"sent\"") != std::string_view::npos;
      if (!sent) outcome_.suppressed.emplace_back(record.value);
    }
    epoch->shards[0].changelog_position = static_cast<int64_t>(epoch->number);
    return shard_->committed(epoch->number, epoch->shards[0]);
  }

  const Scenario& scenario_;
  Rules rules_;
  KilledCampaigns killed_;
  Commits commits_;
  Outcome outcome_;
  MetricErrors errors_;
  MemoryStore store_;
  std::unique_ptr<Shard> shard_;
  std::unique_ptr<Epoch> epoch_ = first_epoch();
  Timestamp wall_{0};

  static std::unique_ptr<Epoch> first_epoch() {
    auto epoch = std::make_unique<Epoch>();
    epoch->number = 1;
    return epoch;
  }
};

}  // namespace

Result<Outcome> drive(const Scenario& scenario, std::shared_ptr<const Workspace> workspace,
                      Commits commits) {
  return Driver(scenario, std::move(workspace), commits).run();
}

}  // namespace sapa::scenarios
