// What one undisturbed shard does: no crash, no restart, nothing evicted, its store in memory.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/shard.h"
#include "tests/simulation/history.h"
#include "tests/simulation/sim_log.h"

namespace sapa::simulation {

/// What a shard has done between two epochs.
struct Done {
  std::vector<std::string> outputs;            ///< in order, see output_text
  std::map<std::string, std::string> changes;  ///< customer → record
  std::string meta;
};

/// One partition's input through one shard.
class StraightShard {
 public:
  StraightShard(int32_t partition, ClockMode mode);

  /// The next record, and the timers that it makes due.
  Status read(int64_t offset, const InputEntry& entry);
  /// As the worker told another shard. An Error also where it was not told of a record.
  Status hear(const Told& told, const SimLog& log);
  /// What it has done since the last call.
  Result<Done> take();
  /// Only the outputs, leaving the changes to a later take().
  std::vector<std::string> take_outputs();

  int64_t next_offset() const { return shard_->next_offset(); }
  Timestamp clock() const { return shard_->clock().now(); }
  Timestamp earliest_timer() const { return shard_->earliest_timer(); }

 private:
  Status put(int64_t offset, const InputEntry& entry, Timestamp wall);
  Status check_nothing_skipped(int64_t to, const SimLog& log) const;

  int32_t partition_;
  std::unique_ptr<Shard> shard_;
  std::unique_ptr<Epoch> epoch_;
};

/// The shard options of all runs.
ShardOptions shard_options(ClockMode mode, size_t cache_bytes);

}  // namespace sapa::simulation
