// One simulated run: a log, a few processes of the engine, and everything that can go wrong, in an
// order that one seed decides. First it rages, then the faults end, what is left is worked off, and
// the judge looks at everything.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/judge.h"
#include "tests/simulation/process.h"
#include "tests/simulation/surroundings.h"
#include "tests/simulation/workload.h"

namespace sapa::simulation {

enum class Stores : uint8_t { kAsTheSeedSays, kInMemory, kRocks };

struct RunOptions {
  uint64_t seed = 1;
  bool print = false;  ///< the trace
  Stores stores = Stores::kAsTheSeedSays;
};

struct Outcome {
  std::string violation;  ///< empty: all is well
  uint64_t trace_hash = 0;
  uint64_t steps = 0, records = 0, epochs = 0, triggers = 0, kills = 0, failed_commits = 0;
};

Outcome run_seed(const RunOptions& options);

}  // namespace sapa::simulation
