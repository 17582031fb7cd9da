#include "engine/runtime/backtest.h"

#include "engine/base/hash.h"
#include "engine/customer/memory_store.h"

namespace sapa {
namespace {

constexpr uint64_t kHandOutEvery = 4096;
constexpr int64_t kHourMs = 3'600'000;

}  // namespace

class Backtest::Observer final : public DecisionSink {
 public:
  explicit Observer(BacktestReport& report) : report_(report) {}

  void on_trigger(const Campaign& campaign, const Trigger& trigger) override {
    CampaignReport& entry = report_.campaigns[campaign.index];
    std::string_view id = trigger.user_id.empty() ? trigger.anonymous_id : trigger.user_id;
    entry.customers.insert(hash64(id));
    int64_t ms = trigger.time.ms;
    entry.by_hour[(ms - (ms % kHourMs + kHourMs) % kHourMs) / kHourMs] += 1;
  }
  void on_decision(const Campaign& campaign, const Decision& decision) override {
    CampaignReport& entry = report_.campaigns[campaign.index];
    entry.decisions[static_cast<size_t>(decision.reason)] += 1;
    if (decision.reason == Reason::kEvaluationError && entry.example_error.empty()) {
      entry.example_error = decision.detail;
    }
  }
  void on_metric_error(const Metric& metric, std::string_view why) override {
    report_.metric_errors += 1;
    if (report_.example_metric_error.empty()) {
      report_.example_metric_error = metric.name + ": " + std::string(why);
    }
  }

 private:
  BacktestReport& report_;
};

Backtest::Backtest(std::shared_ptr<const Workspace> workspace, BacktestOptions options,
                   Output output, Refused refused)
    : workspace_(std::move(workspace)), output_(std::move(output)), refused_(std::move(refused)) {
  report_.campaigns.resize(workspace_->campaigns.size());
  observer_ = std::make_unique<Observer>(report_);
  ShardOptions shard;
  shard.clock = ClockMode::kEvent;
  shard.cache_bytes = options.cache_bytes;
  shard.limits = options.limits;
  shard.input_name = "backtest";
  shard.output.triggers = options.triggers;
  shard.output.decisions = options.decisions;
  shard.output.observer = observer_.get();
  shard_ = std::make_unique<Shard>(0, 0, workspace_, std::make_unique<MemoryStore>(), shard);
  epoch_ = std::make_unique<Epoch>();
  epoch_->number = 1;
}

Backtest::~Backtest() = default;

Status Backtest::add(std::string_view event) {
  InputItem item;
  item.offset = static_cast<int64_t>(added_++);
  item.record.value = event;
  Status done = shard_->on_record(item, Timestamp{0}, *epoch_);
  if (!done) return done;
  if (added_ % kHandOutEvery == 0) return hand_out();
  return {};
}

Status Backtest::finish() { return hand_out(); }

Status Backtest::hand_out() {
  for (const OutputRecord& record : shard_->take_outputs()) {
    if (record.stream == Stream::kDeadLetters) {
      std::string_view reason = record.headers[0].value;
      uint64_t offset = std::stoull(std::string(record.headers[4].value));
      refused_(offset + 1, reason);
    } else if (Status handed = output_(record); !handed) {
      return handed;
    }
  }
  if (shard_->over_budget()) return relieve_memory();
  uint64_t number = epoch_->number;
  epoch_ = std::make_unique<Epoch>();
  epoch_->number = number;
  return {};
}

/// Only now do the changed customers' records get encoded, so that the cold ones can be kept as bytes.
Status Backtest::relieve_memory() {
  bool any = shard_->take(*epoch_);
  uint64_t number = epoch_->number;
  if (any) {
    if (Status kept = shard_->committed(number, epoch_->shards[0]); !kept) return kept;
  }
  epoch_ = std::make_unique<Epoch>();
  epoch_->number = number + 1;
  return {};
}

const BacktestReport& Backtest::report() {
  const ShardCounters& counters = shard_->counters();
  report_.events = counters.processed;
  report_.duplicates = counters.duplicates;
  report_.refused = counters.dead_letters;
  report_.timers = counters.timers_fired;
  report_.last = shard_->clock().now();
  return report_;
}

}  // namespace sapa
