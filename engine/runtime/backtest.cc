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
  shard_options_.clock = ClockMode::kEvent;
  shard_options_.cache_bytes = options.cache_bytes;
  shard_options_.limits = options.limits;
  shard_options_.input_name = "backtest";
  shard_options_.output.triggers = options.triggers;
  shard_options_.output.decisions = options.decisions;
  shard_options_.output.observer = observer_.get();
}

Backtest::~Backtest() = default;

Backtest::Lane& Backtest::lane(int32_t partition) {
  Lane& lane = lanes_[partition];
  if (!lane.shard) {
    lane.shard = std::make_unique<Shard>(partition, 0, workspace_, std::make_unique<MemoryStore>(),
                                         shard_options_);
    lane.epoch = std::make_unique<Epoch>();
    lane.epoch->number = 1;
  }
  return lane;
}

Status Backtest::add(std::string_view event) {
  InputItem item;
  item.offset = static_cast<int64_t>(lane(0).added);
  item.record.value = event;
  return add(item);
}

Status Backtest::add(const InputItem& item) {
  Lane& to = lane(item.partition);
  Status done = to.shard->on_record(item, Timestamp{0}, *to.epoch);
  if (!done) return done;
  return ++to.added % kHandOutEvery == 0 ? hand_out(to) : Status();
}

Status Backtest::finish() {
  for (auto& [partition, lane] : lanes_) {
    if (Status handed = hand_out(lane); !handed) return handed;
  }
  return {};
}

Status Backtest::hand_out(Lane& lane) {
  for (const OutputRecord& record : lane.shard->take_outputs()) {
    if (record.stream == Stream::kDeadLetters) {
      int64_t offset = std::stoll(std::string(record.headers[4].value));
      refused_(lane.shard->partition(), offset, record.headers[0].value);
    } else if (Status handed = output_(record); !handed) {
      return handed;
    }
  }
  if (lane.shard->over_budget()) return relieve_memory(lane);
  uint64_t number = lane.epoch->number;
  lane.epoch = std::make_unique<Epoch>();
  lane.epoch->number = number;
  return {};
}

/// Only now do the changed customers' records get encoded, so that the cold ones can be kept as
/// bytes.
Status Backtest::relieve_memory(Lane& lane) {
  bool any = lane.shard->take(*lane.epoch);
  uint64_t number = lane.epoch->number;
  if (any) {
    Status kept = lane.shard->committed(number, lane.epoch->shards[0]);
    if (!kept) return kept;
  }
  lane.epoch = std::make_unique<Epoch>();
  lane.epoch->number = number + 1;
  return {};
}

const BacktestReport& Backtest::report() {
  report_.events = report_.duplicates = report_.refused = report_.timers = 0;
  for (auto& [partition, lane] : lanes_) {
    const ShardCounters& counters = lane.shard->counters();
    report_.events += counters.processed;
    report_.duplicates += counters.duplicates;
    report_.refused += counters.dead_letters;
    report_.timers += counters.timers_fired;
    report_.last = std::max(report_.last, lane.shard->clock().now());
  }
  return report_;
}

}  // namespace sapa
