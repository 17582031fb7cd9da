// Every metric of the engine, declared once. Counting on the hot path happens in plain numbers
// (ShardCounters), which are flushed here once per epoch; what is known only when asked for is set
// before a scrape. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "engine/decision/decision.h"
#include "engine/workspace/workspace.h"

namespace sapa {

/// Durations in buckets, without locks: one thread counts, then they are added to a Prometheus
/// histogram.
class LatencyCounts {
 public:
  static const std::vector<double>& bounds_seconds();
  void observe(double seconds);
  void flush(prometheus::Histogram& into);

 private:
  std::array<double, 32> counts_{};
  double sum_ = 0;
  uint64_t total_ = 0;
};

/// What one shard has counted since the last flush. Indexed by the workspace's campaigns and
/// metrics.
struct ShardCounters {
  explicit ShardCounters(const Workspace& workspace)
      : triggers(workspace.campaigns.size()),
        decisions(workspace.campaigns.size()),
        metric_errors(workspace.metrics.size()) {}

  /// For another workspace. What is counted by campaign and metric must have been flushed.
  void adopt(const Workspace& workspace) {
    touched.clear();
    triggers.assign(workspace.campaigns.size(), 0);
    decisions.assign(workspace.campaigns.size(), {});
    metric_errors.assign(workspace.metrics.size(), 0);
  }

  void count_decision(uint32_t campaign, Reason reason) {
    std::array<uint32_t, kReasonCount>& counts = decisions[campaign];
    if (counts == std::array<uint32_t, kReasonCount>{}) touched.push_back(campaign);
    counts[static_cast<size_t>(reason)] += 1;
  }

  uint64_t processed = 0, duplicates = 0, dead_letters = 0;
  uint64_t misrouted = 0, clamped = 0, late = 0;
  uint64_t timers_fired = 0;
  uint64_t cache_hits = 0, cache_misses = 0, evictions = 0;
  uint64_t changelog_records = 0, changelog_bytes = 0, output_bytes = 0;
  std::map<std::string, uint64_t, std::less<>> refusals;  ///< by code
  std::vector<uint64_t> triggers;
  uint64_t triggers_ever = 0;     ///< of all campaigns; not set to zero by a flush
  std::vector<uint32_t> touched;  ///< campaigns with decisions since the last flush
  std::vector<std::array<uint32_t, kReasonCount>> decisions;
  std::vector<uint64_t> metric_errors;
};

class Telemetry {
 public:
  explicit Telemetry(prometheus::Registry& registry);

  /// Adds the counters and sets them to zero.
  void flush(ShardCounters& counters, const Workspace& workspace);

  /// State of a shard, as of now; removed when the shard leaves.
  struct ShardState {
    int32_t partition = 0;
    int64_t lag_records = -1;
    double clock_seconds = 0;
    uint64_t cached_customers = 0, cached_bytes = 0, pending_timers = 0, store_pending_bytes = 0;
  };
  void set_shard(const ShardState& state);
  void remove_shard(int32_t partition);
  /// A shard that is getting its state back, as of now; until remove_restoring().
  void set_restoring(int32_t partition, int64_t records_left);
  void remove_restoring(int32_t partition);
  /// A partition of which this process keeps a warm standby; `lag` -1: unknown.
  void set_standby(int32_t partition, int64_t lag);
  void remove_standby(int32_t partition);

  /// The workspace that is in use from now on.
  void workspace_loaded(const Workspace& workspace, Timestamp at);
  /// `outcome`: reloaded, unchanged or refused.
  void workspace_reload(std::string_view outcome);
  void set_killed_campaigns(size_t count);
  /// One answer of the HTTP side; `route` is a path of the API's own, never what a client sent.
  void count_response(std::string_view route, int status);

  prometheus::Histogram& event_to_trigger_seconds;
  prometheus::Histogram& commit_seconds;
  prometheus::Histogram& epoch_seconds;
  prometheus::Counter& epochs_committed;
  prometheus::Counter& epochs_failed;
  prometheus::Gauge& restored_bytes;
  prometheus::Counter& stores_set_aside;
  prometheus::Gauge& clock_disbelieved_seconds;

 private:
  prometheus::Family<prometheus::Counter>& events_;
  prometheus::Family<prometheus::Counter>& dead_letters_;
  prometheus::Family<prometheus::Counter>& triggers_;
  prometheus::Family<prometheus::Counter>& decisions_;
  prometheus::Family<prometheus::Counter>& metric_errors_;
  prometheus::Family<prometheus::Counter>& cache_;
  prometheus::Family<prometheus::Gauge>& workspace_info_;
  prometheus::Family<prometheus::Counter>& workspace_reloads_;
  prometheus::Gauge& workspace_loaded_at_;
  prometheus::Gauge& workspace_campaigns_;
  prometheus::Gauge& killed_campaigns_;
  prometheus::Family<prometheus::Counter>& responses_;
  prometheus::Counter& misrouted_;
  prometheus::Counter& clamped_;
  prometheus::Counter& late_;
  prometheus::Counter& timers_fired_;
  prometheus::Counter& changelog_records_;
  prometheus::Counter& changelog_bytes_;
  prometheus::Counter& output_bytes_;
  std::mutex workspace_mutex_;
  prometheus::Gauge* workspace_in_use_ = nullptr;  // of workspace_info_, by workspace_mutex_
  prometheus::Family<prometheus::Gauge>& lag_;
  prometheus::Family<prometheus::Gauge>& clock_;
  prometheus::Family<prometheus::Gauge>& cached_customers_;
  prometheus::Family<prometheus::Gauge>& cached_bytes_;
  prometheus::Family<prometheus::Gauge>& pending_timers_;
  prometheus::Family<prometheus::Gauge>& store_pending_;
  prometheus::Family<prometheus::Gauge>& restoring_;
  prometheus::Family<prometheus::Gauge>& standby_;
};

}  // namespace sapa
