// When to commit: at once when there is something to say, rarely when not, and in long cheap epochs
// while behind. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sapa {

struct EpochPolicy {
  int64_t output_interval_ms = 10;    ///< with a trigger in it: not more often than this
  int64_t state_interval_ms = 250;    ///< with changes of state only
  int64_t behind_interval_ms = 2000;  ///< while the input has more than we have read
  size_t max_bytes = 64 << 20;        ///< of outputs and changes; then whatever the time
  size_t max_changes = 400'000;       ///< customers changed
};

struct EpochSituation {
  bool has_outputs = false;
  bool has_work = false;
  bool behind = false;
  bool memory_short = false;  ///< customers can't be evicted before they are committed
  size_t bytes = 0;
  size_t changes = 0;
  int64_t ms_since_commit = 0;      ///< since the last commit was started
  int64_t ms_since_first_work = 0;  ///< since the epoch's first work
};

inline bool should_commit(const EpochPolicy& policy, const EpochSituation& now) {
  if (!now.has_work) return false;
  if (now.bytes >= policy.max_bytes || now.changes >= policy.max_changes || now.memory_short) {
    return true;
  }
  if (now.behind) return now.ms_since_first_work >= policy.behind_interval_ms;
  if (now.has_outputs) return now.ms_since_commit >= policy.output_interval_ms;
  return now.ms_since_first_work >= policy.state_interval_ms;
}

}  // namespace sapa
