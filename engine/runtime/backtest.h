// History through a workspace: the same shard code as in `run`, on the events' own time alone, with the state in memory. The same
// events always give the same outputs, in the same order.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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
  std::vector<CampaignReport> campaigns;  ///< by the workspace's index
};

class Backtest {
 public:
  /// `output` gets every record in order; its bytes live during the call.
  using Output = std::function<Status(const OutputRecord&)>;
  /// A refused event: its number (from 1) and the reason.
  using Refused = std::function<void(uint64_t, std::string_view)>;

  Backtest(std::shared_ptr<const Workspace> workspace, BacktestOptions options, Output output,
           Refused refused);
  ~Backtest();

  /// One event, as a record without key or headers.
  Status add(std::string_view event);
  /// After the last event: hands out what is left. Timers that are not due by then do not fire.
  Status finish();

  const BacktestReport& report();

 private:
  class Observer;

  Status hand_out();
  Status relieve_memory();

  std::shared_ptr<const Workspace> workspace_;
  Output output_;
  Refused refused_;
  BacktestReport report_;
  std::unique_ptr<Observer> observer_;
  std::unique_ptr<Shard> shard_;
  std::unique_ptr<Epoch> epoch_;
  uint64_t added_ = 0;
};

}  // namespace sapa
