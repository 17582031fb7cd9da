// Drives a shard through a scenario, synchronously and without a log, and gathers what comes out.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/scenario/scenario.h"
#include "engine/workspace/workspace.h"

namespace sapa::scenarios {

/// How often work is committed on the way must not make a difference to what comes out.
enum class Commits : uint8_t {
  kAtTheEnd,          ///< one epoch
  kAfterEveryStep,    ///< … with hardly any customer kept in memory
  kRestartEveryStep,  ///< the shard is made anew from the store after every step
};

struct Outcome {
  std::vector<std::string> triggers;       ///< JSON, in order
  std::vector<std::string> suppressed;     ///< decisions that became no trigger, JSON, in order
  std::vector<std::string> metric_errors;  ///< names of the metrics
  std::vector<std::string>
      state;  ///< the customers that the scenario asks for, JSON ("null": unknown)
};

/// An Error where an event is refused or the shard fails.
Result<Outcome> drive(const Scenario& scenario, std::shared_ptr<const Workspace> workspace,
                      Commits commits);

}  // namespace sapa::scenarios
