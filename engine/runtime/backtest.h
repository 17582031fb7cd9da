// History through a workspace: the same shard code as in `run`, on the events' own time alone, with
// the state in memory. The same events always give the same outputs, in the same order, with any
// number of threads.
//
// How the threads share the work: there are as many lanes as threads. A file's customers are
// divided among the lanes by a hash of their ids; of a topic each lane has whole partitions.
// Records go through in blocks. A block is decoded by any thread; told the partition's clock, in
// the blocks' order; worked by every lane, which works the blocks in their order; and what the
// lanes put out is merged into the order of the events and timers and handed out by the caller's
// thread, which also reads.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/runtime/backtest_block.h"
#include "engine/runtime/backtest_lane.h"
#include "engine/runtime/backtest_report.h"
#include "engine/runtime/lane_pipeline.h"

namespace sapa {

struct BacktestOptions {
  size_t threads = 1;  ///< at least 1: the caller's
  /// For a file's hot customers. Each partition of a topic has one thread's share.
  size_t cache_bytes = size_t{1} << 30;
  bool triggers = false;   ///< encode triggers for `output`
  bool decisions = false;  ///< encode decisions, too
  EventLimits limits;
};

/// One thread, which also gets all the calls of `output` and `refused`. After a failure nothing is
/// handed out any more.
class Backtest {
 public:
  /// `output` gets every record in order; its bytes live during the call.
  using Output = std::function<Status(const OutputRecord&)>;
  /// A refused event: its partition, its offset or number (from 0) and the reason.
  using Refused = std::function<void(int32_t, int64_t, std::string_view)>;

  Backtest(std::shared_ptr<const Workspace> workspace, BacktestOptions options, Output output,
           Refused refused);
  ~Backtest();

  /// One event of a file, as a record without key or headers.
  Status add(std::string_view event);
  /// One record of a topic. Each partition has a clock of its own, as in `run`; the outputs of
  /// different partitions come in no promised order.
  Status add(const InputItem& item);
  /// After the last event: hands out what is left. Timers that are not due by then do not fire.
  Status finish();

  /// After finish().
  const BacktestReport& report() const { return report_; }

 private:
  struct Slot {
    std::unique_ptr<BacktestBlock> block;
    std::vector<BacktestOutputs> outputs;  // by lane
  };

  Status add(const InputItem& item, std::optional<uint32_t> lane);
  std::unique_ptr<BacktestBlock> spare_block();
  Status submit(std::unique_ptr<BacktestBlock> block);
  void set_clock(BacktestBlock& block);
  Status hand_out_next();
  Status hand_out(const std::vector<BacktestOutputs>& lanes);
  Status hand_out(const OutputRecord& record);

  BacktestOptions options_;
  Output output_;
  Refused refused_;
  BacktestReport report_;
  Status handed_out_;                                          // the first failure
  std::map<int32_t, std::unique_ptr<BacktestBlock>> filling_;  // by partition
  std::vector<std::unique_ptr<BacktestBlock>> spare_;
  int64_t events_of_file_ = 0;

  // The pipeline hands them from thread to thread:
  std::vector<Slot> slots_;
  std::map<int32_t, Timestamp> clocks_;  // by partition
  std::vector<std::unique_ptr<BacktestLane>> lanes_;
  LanePipeline pipeline_;  // last: its threads use the rest
};

}  // namespace sapa
