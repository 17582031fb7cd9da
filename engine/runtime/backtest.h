// History through a workspace: the same shard code as in `run`, on the events' own time alone, with
// the state in memory. The same events always give the same outputs, in the same order.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_set.h>

#include "engine/runtime/shard.h"

namespace sapa {

struct BacktestOptions {
  size_t cache_bytes = size_t{1} << 30;
  bool triggers = false;   ///< encode triggers for `output`
  bool decisions = false;  ///< encode decisions, too
  EventLimits limits;
};

struct CampaignReport {
  std::array<uint64_t, kReasonCount> decisions{};
  uint64_t fired() const { return decisions[static_cast<size_t>(Reason::kSent)]; }
  absl::flat_hash_set<uint64_t> customers;  ///< hashes of the ids of those reached
  std::map<int64_t, uint64_t> by_hour;      ///< hours since 1970 → fired
  std::string example_error;
};

struct BacktestReport {
  uint64_t events = 0, duplicates = 0, refused = 0, timers = 0, metric_errors = 0;
  std::string example_metric_error;
  Timestamp last = Timestamp::beginning();  ///< the latest event time
  std::vector<CampaignReport> campaigns;    ///< by the workspace's index
};

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
  /// One record of a topic. Each partition has a shard and a clock of its own, as in `run`.
  Status add(const InputItem& item);
  /// After the last event: hands out what is left. Timers that are not due by then do not fire.
  Status finish();

  const BacktestReport& report();

 private:
  class Observer;

  /// A partition's shard with the epoch that it fills.
  struct Lane {
    std::unique_ptr<Shard> shard;
    std::unique_ptr<Epoch> epoch;
    uint64_t added = 0;
  };

  Lane& lane(int32_t partition);
  Status hand_out(Lane& lane);
  Status relieve_memory(Lane& lane);

  std::shared_ptr<const Workspace> workspace_;
  Output output_;
  Refused refused_;
  BacktestReport report_;
  std::unique_ptr<Observer> observer_;
  ShardOptions shard_options_;
  std::map<int32_t, Lane> lanes_;
};

}  // namespace sapa
