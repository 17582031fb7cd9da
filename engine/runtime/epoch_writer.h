// Takes a shard's decisions and puts them, encoded, into the epoch that is being worked on.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/decision/decider.h"
#include "engine/message/trigger_encoder.h"
#include "engine/ports/log.h"
#include "engine/telemetry/telemetry.h"

namespace sapa {

class EpochWriter final : public DecisionSink {
 public:
  struct Options {
    WireFormat format = WireFormat::kJson;
    bool cloudevents = false;
    bool triggers = true;              ///< put out the triggers; else they are only counted
    bool decisions = true;             ///< put out the decisions, too
    DecisionSink* observer = nullptr;  ///< is told everything as well; outlives the writer
  };

  EpochWriter(Options options, const Workspace& workspace, ShardCounters& counters,
              ShardEpoch& into)
      : options_(options), workspace_(&workspace), counters_(counters), into_(into) {}

  /// Where the bytes of what follows go; outlives it.
  void set_epoch(Epoch& epoch) { epoch_ = &epoch; }
  void set_workspace(const Workspace& workspace) { workspace_ = &workspace; }

  /// What follows can be taken back by undo(), counters included (what an observer was told can't).
  void begin();
  void undo();

  void on_trigger(const Campaign& campaign, const Trigger& trigger) override;
  void on_decision(const Campaign& campaign, const Decision& decision) override;
  void on_metric_error(const Metric& metric, std::string_view why) override;

 private:
  void put(Stream stream, std::string_view key);

  Options options_;
  const Workspace* workspace_;
  ShardCounters& counters_;
  ShardEpoch& into_;
  Epoch* epoch_ = nullptr;
  std::string scratch_;
  size_t outputs_at_begin_ = 0;
  uint64_t bytes_at_begin_ = 0;
  std::vector<std::pair<uint32_t, Reason>> decided_;  // since begin()
  std::vector<uint32_t> triggered_;
};

}  // namespace sapa
