// What comes in: events of a few customers, out of order, late, repeated and broken, under a
// workspace that has every kind of state. In wall mode the events happen in the simulated time, and
// the workspace's times are short.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/shard.h"
#include "tests/simulation/random.h"
#include "tests/simulation/sim_log.h"

namespace sapa::simulation {

/// A workspace as it is edited: in all variants the same campaigns have timers and the same
/// definitions move memberships, since a process learns of timers that another workspace has begun
/// only with the customer's next event.
constexpr int kWorkspaceVariants = 3;
/// The workspace for a clock mode; loaded once.
std::shared_ptr<const Workspace> workspace_for(ClockMode mode, int variant);

class Workload {
 public:
  Workload(Random& random, ClockMode mode, int partitions);

  struct Made {
    int32_t partition = 0;
    InputEntry entry;
    // What is in it, for the judge; `name` is empty where it is a repeat or broken.
    std::string user, name, message_id;
    Timestamp time;
  };
  /// The next entry of the input. `now` is when the log takes it in.
  Made next(Timestamp now);

 private:
  std::string event_text(Made& made);

  Random& random_;
  ClockMode mode_;
  int partitions_;
  int customers_;
  Timestamp event_time_;
  int64_t number_ = 0;
  std::vector<Made> recent_;
};

}  // namespace sapa::simulation
