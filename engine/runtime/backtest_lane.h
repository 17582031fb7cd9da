// A part of a backtest's customers: those of some partitions, or some of a file's. Works them as
// `run` does, a shard for each partition, but is told how the partition's clock goes, since the
// events of other lanes move it, too. So each event and timer does what it would do in one shard
// that has all the customers, and what the lanes put out can be put in that shard's order. One
// thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/backtest_block.h"
#include "engine/runtime/backtest_report.h"
#include "engine/runtime/shard.h"

namespace sapa {

/// What a lane put out in a block, in order.
struct BacktestOutputs {
  /// One event or timer that had something to say. What it said ends here; it begins where the one
  /// before ended.
  struct Moment {
    size_t record;                 ///< the event, or the first that the timer is due by
    Timestamp due;                 ///< of a timer; never() for the event, which comes after them
    std::string_view customer_id;  ///< of a timer: the order of those that are due together
    size_t records_end, examples_end;
  };
  /// The first failure of its kind in the lane.
  struct Example {
    const Campaign* campaign;  ///< what could not be evaluated; null: a metric
    std::string text;
  };

  BacktestOutputs() { epoch.bytes = Arena(1 << 12); }
  void clear();

  Epoch epoch;  ///< owns the bytes
  std::vector<OutputRecord> records;
  std::vector<Example> examples;
  std::vector<Moment> moments;
  Status status;  ///< a failure after what is here
};

class BacktestLane final : private DecisionSink {
 public:
  BacktestLane(uint32_t number, std::shared_ptr<const Workspace> workspace,
               const ShardOptions& options);
  ~BacktestLane() override;

  /// Works the lane's records of a block, which is decoded and knows its clock.
  void work(const BacktestBlock& block, BacktestOutputs& out);

  /// Moves what has been counted into the report. The examples are not there: which is the first is
  /// seen when the lanes' outputs are put in order.
  void count_into(BacktestReport& report);

 private:
  Status work(const BacktestBlock& block, Shard& shard);
  Status advance(const BacktestBlock& block, Shard& shard, size_t end);
  void note(const Shard& shard, size_t record, Timestamp due, std::string_view customer_id);
  Status relieve_memory(Shard& shard);

  Shard& shard_of(int32_t partition);

  void on_trigger(const Campaign& campaign, const Trigger& trigger) override;
  void on_decision(const Campaign& campaign, const Decision& decision) override;
  void on_metric_error(const Metric& metric, std::string_view why) override;

  uint32_t number_;
  std::shared_ptr<const Workspace> workspace_;
  ShardOptions options_;
  std::map<int32_t, std::unique_ptr<Shard>> shards_;  // by partition
  uint64_t epochs_ = 0;                               // taken to relieve memory
  BacktestReport counted_;

  // Of the block that is being worked:
  BacktestOutputs* out_ = nullptr;
  size_t reached_ = 0;  // the clock has been moved by the records before this one
};

}  // namespace sapa
