// Opens shards beside the worker's thread, so that the worker's other shards go on while one gets
// its state back. All calls on the worker's thread; a job runs elsewhere and shares nothing with
// it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "engine/base/result.h"
#include "engine/runtime/shard.h"

namespace sapa {

class Opener {
 public:
  /// Cancels.
  virtual ~Opener() = default;

  /// Gives the shard, ready to work; ends soon when told to stop.
  using Job = std::function<Result<std::unique_ptr<Shard>>(std::stop_token stop)>;
  struct Opened {
    int32_t partition = 0;
    Result<std::unique_ptr<Shard>> shard;
  };

  virtual void open(int32_t partition, Job job) = 0;
  /// A shard that is open by now, or could not be opened.
  virtual std::optional<Opened> poll() = 0;
  /// Ends all jobs and forgets what they have made; afterwards none runs any more.
  virtual void cancel() = 0;
};

}  // namespace sapa
