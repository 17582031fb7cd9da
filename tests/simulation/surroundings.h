// What all parts of one simulated run share: the log, the time, the seed's choices, the trace, how
// often what goes wrong, and what was found to be wrong.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/random.h"
#include "tests/simulation/sim_log.h"
#include "tests/simulation/trace.h"

namespace sapa::simulation {

/// Times in a thousand; 0: never in this run.
struct Faults {
  uint64_t crash = 0;            ///< a process is killed, per step of the world
  uint64_t machine_crash = 0;    ///< of crashes: the machine, not only the process
  uint64_t pause = 0;            ///< a process stands still, per step
  uint64_t freeze = 0;           ///< of pauses: the whole machine, without its counting clock
  uint64_t stop = 0;             ///< a process is asked to stop, and starts again
  uint64_t expel = 0;            ///< the coordinator drops a member, per step
  uint64_t clock_jump = 0;       ///< a process's wall clock jumps, per step
  uint64_t commit_fails = 0;     ///< per request of a commit
  uint64_t connect_fails = 0;    ///< per connection
  uint64_t restore_fails = 0;    ///< per restore
  uint64_t redelivery = 0;       ///< per poll: records that were delivered already
  uint64_t no_answer = 0;        ///< per question where the log ends
  uint64_t late_assignment = 0;  ///< per poll that could hand over an assignment
  uint64_t disk = 0;             ///< per operation of the disk
  uint64_t wipe = 0;             ///< of crashes: the disk is lost
  uint64_t older_copy = 0;       ///< of crashes: an earlier copy of the disk comes back
  uint64_t bit_flip = 0;         ///< of crashes: a bit of the disk is wrong
};

/// A request that a producer has sent, and that arrives when its sender has long given up.
struct LateRequest {
  std::string producer;
  int epoch = 0;
  bool commit = false;
};

struct Surroundings {
  Random& random;
  Trace& trace;
  SimLog& log;
  Faults faults;
  int64_t now_ms = 0;  ///< the true time, which never goes back
  std::vector<LateRequest> late_requests;
  std::string violation;  ///< the first; empty: none

  void violate(std::string what) {
    trace.line("VIOLATION: {}", what);
    if (violation.empty()) violation = std::move(what);
  }
};

}  // namespace sapa::simulation
