#include "engine/runtime/backtest_lane.h"

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/customer/memory_store.h"

namespace sapa {
namespace {

constexpr int64_t kHourMs = 3'600'000;
constexpr Timestamp kNoWall{0};  // with ClockMode::kEvent nobody asks

}  // namespace

void BacktestOutputs::clear() {
  epoch.bytes.reset();
  records.clear();
  examples.clear();
  moments.clear();
}

BacktestLane::BacktestLane(uint32_t number, std::shared_ptr<const Workspace> workspace,
                           const ShardOptions& options)
    : number_(number), workspace_(std::move(workspace)), options_(options) {
  counted_.campaigns.resize(workspace_->campaigns.size());
  options_.output.observer = this;
}

BacktestLane::~BacktestLane() = default;

Shard& BacktestLane::shard_of(int32_t partition) {
  std::unique_ptr<Shard>& shard = shards_[partition];
  if (!shard) {
    shard = std::make_unique<Shard>(partition, 0, workspace_, std::make_unique<MemoryStore>(),
                                    options_);
  }
  return *shard;
}

void BacktestLane::work(const BacktestBlock& block, BacktestOutputs& out) {
  // Of another lane's partition there is nothing here, not even time.
  if (block.lane() && block.lane() != number_) return;
  out_ = &out;
  Shard& shard = shard_of(block.partition());
  out.status = work(block, shard);
  out.records = shard.take_outputs();
  if (out.status && shard.over_budget()) out.status = relieve_memory(shard);
}

Status BacktestLane::work(const BacktestBlock& block, Shard& shard) {
  reached_ = 0;
  std::span<const uint32_t> own = block.of_lane(number_);
  for (size_t i = 0; i < own.size(); ++i) {
    shard.look_ahead(own.size() - i - 1, [&](size_t next) {
      return block.records()[own[i + 1 + next]].event.customer_id();
    });
    const BacktestBlock::Record& record = block.records()[own[i]];
    if (Status fired = advance(block, shard, own[i] + 1); !fired) return fired;
    if (const Refusal* refusal = block.refusal(record)) {
      shard.refuse(record.item, *refusal, kNoWall, out_->epoch);
    } else {
      Status done = shard.on_event(record.item, record.event, kNoWall, out_->epoch);
      if (!done) return done;
    }
    note(shard, own[i], Timestamp::never(), {});
  }
  return advance(block, shard, block.records().size());
}

/// The shard's clock follows the block's records before `end`; each timer fires with the first
/// event, whosever it is, that it is due by. One that was due already when it was made fires with
/// the event that comes next.
Status BacktestLane::advance(const BacktestBlock& block, Shard& shard, size_t end) {
  const auto& records = block.records();
  while (reached_ < end && shard.earliest_timer() <= block.clock_at(end - 1)) {
    auto reaches = [&](size_t i) { return block.clock_at(i) >= shard.earliest_timer(); };
    for (size_t beyond = end; reached_ < beyond;) {  // clocks never go back
      const size_t middle = reached_ + (beyond - reached_) / 2;
      if (reaches(middle)) {
        beyond = middle;
      } else {
        reached_ = middle + 1;
      }
    }
    while (reached_ < end && block.refusal(records[reached_]) != nullptr) ++reached_;
    if (reached_ == end) break;
    while (reaches(reached_)) {
      Timestamp due = shard.earliest_timer();
      auto fired = shard.fire_earliest(kNoWall, out_->epoch);
      if (!fired) return fired.error();
      note(shard, reached_, due, *fired);
    }
    ++reached_;
  }
  reached_ = end;
  shard.on_time(block.clock_at(end - 1));
  return {};
}

/// Only what said something is remembered.
void BacktestLane::note(const Shard& shard, size_t record, Timestamp due,
                        std::string_view customer_id) {
  const size_t records = shard.output_count();
  const size_t examples = out_->examples.size();
  std::vector<BacktestOutputs::Moment>& moments = out_->moments;
  bool said = moments.empty()
                  ? records + examples > 0
                  : records > moments.back().records_end || examples > moments.back().examples_end;
  if (!said) return;
  moments.push_back({record, due, out_->epoch.bytes.copy(customer_id), records, examples});
}

/// Gives what has changed to the store, so that the table can forget the cold customers.
Status BacktestLane::relieve_memory(Shard& shard) {
  Epoch epoch;
  epoch.number = ++epochs_;
  if (!shard.take(epoch)) return {};
  return shard.committed(epoch.number, epoch.shards[0]);
}

void BacktestLane::on_trigger(const Campaign& campaign, const Trigger& trigger) {
  CampaignReport& entry = counted_.campaigns[campaign.index];
  std::string_view id = trigger.user_id.empty() ? trigger.anonymous_id : trigger.user_id;
  entry.customers.insert(hash64(id));
  int64_t ms = trigger.time.ms;
  entry.by_hour[(ms - (ms % kHourMs + kHourMs) % kHourMs) / kHourMs] += 1;
}

void BacktestLane::on_decision(const Campaign& campaign, const Decision& decision) {
  CampaignReport& entry = counted_.campaigns[campaign.index];
  entry.decisions[static_cast<size_t>(decision.reason)] += 1;
  if (decision.reason == Reason::kEvaluationError && entry.example_error.empty()) {
    entry.example_error = decision.detail;
    out_->examples.push_back({&campaign, entry.example_error});
  }
}

void BacktestLane::on_metric_error(const Metric& metric, std::string_view why) {
  counted_.metric_errors += 1;
  if (counted_.example_metric_error.empty()) {
    counted_.example_metric_error = metric.name + ": " + std::string(why);
    out_->examples.push_back({nullptr, counted_.example_metric_error});
  }
}

void BacktestLane::count_into(BacktestReport& report) {
  for (const auto& [partition, shard] : shards_) {
    const ShardCounters& counters = shard->counters();
    report.events += counters.processed;
    report.duplicates += counters.duplicates;
    report.refused += counters.dead_letters;
    report.timers += counters.timers_fired;
  }
  report.metric_errors += counted_.metric_errors;
  for (size_t i = 0; i < counted_.campaigns.size(); ++i) {
    CampaignReport& from = counted_.campaigns[i];
    CampaignReport& into = report.campaigns[i];
    for (size_t reason = 0; reason < into.decisions.size(); ++reason) {
      into.decisions[reason] += from.decisions[reason];
    }
    // A customer has one lane only, unless a topic has events of theirs in several partitions.
    into.customers.merge(from.customers);
    for (auto [hour, fired] : from.by_hour) into.by_hour[hour] += fired;
  }
}

}  // namespace sapa
