// What a seed is about: which faults it has and how often, how many processes, which clock. Each
// fault is absent from half of the runs, so that those which hide behind others are seen, too.
#pragma once

#include "tests/simulation/process.h"
#include "tests/simulation/surroundings.h"

namespace sapa::simulation {

struct Plan {
  ClockMode clock = ClockMode::kEvent;
  int partitions = 1;
  int processes = 1;
  bool rocks = false;  ///< the real stores
  int64_t records = 0;
  uint64_t appends_per_mille = 0;  ///< per step
  uint64_t compactions_per_mille = 0;
  uint64_t big_leaps_per_mille = 0;  ///< of time
  uint64_t reloads_per_mille = 0;    ///< of workspaces, and switches of campaigns
  ProcessPlan process;
  Faults faults;
};

Plan make_plan(Random& random);
std::string describe(const Plan& plan);

}  // namespace sapa::simulation
