#include "engine/runtime/backtest.h"

#include <algorithm>
#include <string>
#include <tuple>

namespace sapa {
namespace {

/// So many blocks are under way at most. Of one thread only one: it stays in the processor's cache.
size_t slots_for(size_t threads) { return threads == 1 ? 1 : 4 + 4 * threads; }

/// What one shard would do first of what several lanes do next.
bool later(const BacktestOutputs::Moment& a, const BacktestOutputs::Moment& b) {
  auto place = [](const BacktestOutputs::Moment& m) {
    return std::tie(m.record, m.due, m.customer_id);
  };
  return place(b) < place(a);
}

}  // namespace

Backtest::Backtest(std::shared_ptr<const Workspace> workspace, BacktestOptions options,
                   Output output, Refused refused)
    : options_(options),
      output_(std::move(output)),
      refused_(std::move(refused)),
      slots_(slots_for(options.threads)),
      pipeline_(options.threads - 1, options.threads, slots_.size(),
                {[this](size_t slot) { slots_[slot].block->decode(); },
                 [this](size_t slot) { set_clock(*slots_[slot].block); },
                 [this](size_t slot, size_t lane) {
                   lanes_[lane]->work(*slots_[slot].block, slots_[slot].outputs[lane]);
                 }}) {
  report_.campaigns.resize(workspace->campaigns.size());
  ShardOptions shard;
  shard.clock = ClockMode::kEvent;
  shard.cache_bytes = options.cache_bytes / options.threads;
  shard.limits = options.limits;
  shard.input_name = "backtest";
  shard.output.triggers = options.triggers;
  shard.output.decisions = options.decisions;
  for (uint32_t number = 0; number < options.threads; ++number) {
    lanes_.push_back(std::make_unique<BacktestLane>(number, workspace, shard));
  }
  for (Slot& slot : slots_) slot.outputs.resize(lanes_.size());
}

Backtest::~Backtest() = default;

Status Backtest::add(std::string_view event) {
  InputItem item;
  item.offset = events_of_file_++;
  item.record.value = event;
  return add(item, std::nullopt);
}

Status Backtest::add(const InputItem& item) {
  return add(item, static_cast<uint32_t>(item.partition) % static_cast<uint32_t>(lanes_.size()));
}

Status Backtest::add(const InputItem& item, std::optional<uint32_t> lane) {
  std::unique_ptr<BacktestBlock>& block = filling_[item.partition];
  if (!block) {
    block = spare_block();
    block->begin(item.partition, lane);
  }
  block->add(item);
  return block->full() ? submit(std::move(block)) : Status();
}

std::unique_ptr<BacktestBlock> Backtest::spare_block() {
  if (spare_.empty()) return std::make_unique<BacktestBlock>(lanes_.size(), options_.limits);
  std::unique_ptr<BacktestBlock> block = std::move(spare_.back());
  spare_.pop_back();
  return block;
}

/// The block takes its place in the order of the blocks.
Status Backtest::submit(std::unique_ptr<BacktestBlock> block) {
  slots_[pipeline_.next_slot()].block = std::move(block);
  pipeline_.put();
  while (pipeline_.full() || pipeline_.ready()) {
    if (Status done = hand_out_next(); !done) return done;
  }
  return {};
}

Status Backtest::finish() {
  for (auto& [partition, block] : filling_) {
    if (!block) continue;
    if (Status done = submit(std::move(block)); !done) return done;
  }
  while (!pipeline_.empty()) {
    if (Status done = hand_out_next(); !done) return done;
  }
  for (const auto& lane : lanes_) lane->count_into(report_);
  return {};
}

void Backtest::set_clock(BacktestBlock& block) {
  Timestamp& clock = clocks_.try_emplace(block.partition(), Timestamp::beginning()).first->second;
  block.set_clock(clock);
  clock = block.clock_after();
}

Status Backtest::hand_out_next() {
  Slot& slot = slots_[pipeline_.take()];
  if (handed_out_) handed_out_ = hand_out(slot.outputs);
  for (BacktestOutputs& outputs : slot.outputs) outputs.clear();
  spare_.push_back(std::move(slot.block));
  return handed_out_;
}

/// Of what the lanes have said next, the first in the order of one shard comes first.
Status Backtest::hand_out(const std::vector<BacktestOutputs>& lanes) {
  struct Place {
    const BacktestOutputs* outputs;
    size_t moment = 0, record = 0, example = 0;
    const BacktestOutputs::Moment& next() const { return outputs->moments[moment]; }
  };
  std::vector<Place> places;
  for (const BacktestOutputs& outputs : lanes) {
    if (!outputs.moments.empty()) places.push_back({&outputs});
  }
  auto after = [](const Place& a, const Place& b) { return later(a.next(), b.next()); };
  std::ranges::make_heap(places, after);
  while (!places.empty()) {
    std::ranges::pop_heap(places, after);
    Place& place = places.back();
    for (; place.record < place.next().records_end; ++place.record) {
      if (Status done = hand_out(place.outputs->records[place.record]); !done) return done;
    }
    for (; place.example < place.next().examples_end; ++place.example) {
      const auto& [campaign, text] = place.outputs->examples[place.example];
      std::string& first = campaign == nullptr ? report_.example_metric_error
                                               : report_.campaigns[campaign->index].example_error;
      if (first.empty()) first = text;
    }
    if (++place.moment == place.outputs->moments.size()) {
      places.pop_back();
    } else {
      std::ranges::push_heap(places, after);
    }
  }
  for (const BacktestOutputs& outputs : lanes) {
    if (!outputs.status) return outputs.status;
  }
  return {};
}

Status Backtest::hand_out(const OutputRecord& record) {
  if (record.stream != Stream::kDeadLetters) return output_(record);
  auto number = [&](size_t header) {
    return std::stoll(std::string(record.headers[header].value));
  };
  refused_(static_cast<int32_t>(number(3)), number(4), record.headers[0].value);
  return {};
}

}  // namespace sapa
