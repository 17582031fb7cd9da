// Some consecutive records of one partition on their way through a backtest: copied by the thread
// that reads them, decoded by any, then read by every lane. Whoever writes it is alone with it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/arena.h"
#include "engine/event/decoder.h"
#include "engine/ports/log.h"

namespace sapa {

class BacktestBlock {
 public:
  struct Record {
    InputItem item;
    Event event;
    Timestamp latest;      ///< of the block's events up to this one
    int32_t refusal = -1;  ///< its number if it can't be decoded; then it has no event
  };

  /// The records of a block go to one of `lanes` lanes or are divided among them.
  BacktestBlock(size_t lanes, const EventLimits& limits);

  /// Forgets all but the memory. The records to come go to `lane`, or else to their customers'
  /// lanes, and what can't be decoded to lane 0.
  void begin(int32_t partition, std::optional<uint32_t> lane);
  /// The record's bytes are copied.
  void add(const InputItem& item);
  bool full() const;
  size_t bytes() const { return raw_.bytes_used(); }

  void decode();

  /// The partition's clock, as of the events before the block.
  void set_clock(Timestamp before) { clock_before_ = before; }
  /// The partition's clock as of the block's events up to this one.
  Timestamp clock_at(size_t record) const {
    return std::max(clock_before_, records_[record].latest);
  }

  Timestamp clock_after() const { return clock_at(records_.size() - 1); }

  int32_t partition() const { return partition_; }
  std::optional<uint32_t> lane() const { return lane_; }
  std::span<const Record> records() const { return records_; }
  const Refusal* refusal(const Record& record) const {
    return record.refusal < 0 ? nullptr : &refusals_[static_cast<size_t>(record.refusal)];
  }
  /// The numbers of a lane's records, in order.
  std::span<const uint32_t> of_lane(uint32_t lane) const { return of_lane_[lane]; }

 private:
  void decode(Record& record);
  uint32_t lane_of(const Record& record) const;

  int32_t partition_ = 0;
  std::optional<uint32_t> lane_;
  Decoder decoder_;
  Arena raw_, decoded_;
  std::vector<Record> records_;
  std::vector<Refusal> refusals_;
  std::vector<std::vector<uint32_t>> of_lane_;
  Timestamp clock_before_ = Timestamp::beginning();
};

}  // namespace sapa
