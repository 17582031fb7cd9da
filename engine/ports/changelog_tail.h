// The committed changelog of partitions that other processes own, as it grows: for warm standbys.
// One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/log.h"

namespace sapa {

class ChangelogTail {
 public:
  struct Position {
    int32_t partition = 0;
    int64_t position = -1;  ///< where to go on; -1: from the start
  };

  virtual ~ChangelogTail() = default;

  /// The partitions that a standby of this process may follow: those of which it is among the first
  /// `replicas` + 1 that would take over, whoever owns them now.
  virtual Result<std::vector<int32_t>> candidates(int replicas) = 0;

  /// From now on gives what is committed in these, and only these.
  virtual Status follow(std::span<const Position> positions) = 0;

  /// Gives what has come, waiting at most `timeout` for something. `sink_of` gives a followed
  /// partition's sink; `failed` is told which sink has refused a record, after which nothing more
  /// of that partition comes. An error passes: the same call may succeed later.
  virtual Status poll(Duration timeout, const std::function<StateSink&(int32_t)>& sink_of,
                      const std::function<void(int32_t, const Error&)>& failed) = 0;

  /// Committed records that have not been given yet, as far as known; -1 if unknown.
  virtual int64_t lag(int32_t partition) const = 0;
};

}  // namespace sapa
