// A scenario: a workspace, what happens with the time, and what must come out of it, as data that a
// marketer can read. One YAML file holds the scenarios told on one workspace; the format is
// described in deploy/workspaces/README.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/scenario/scenario_times.h"
#include "engine/workspace/workspace.h"

namespace sapa::scenarios {

/// One thing that happens.
struct Step {
  enum class Kind : uint8_t {
    kEvent,    ///< a record comes in
    kClock,    ///< the wall clock goes on to `at`, and everything has been read all the time
    kWall,     ///< the wall clock shows `at`, but what follows lay in the log before
    kRestart,  ///< the engine ends, and starts again from what it has committed
    kReload,   ///< another workspace takes the place of the one in use
    kKill,     ///< an operator kills a campaign
    kResume,   ///< … and lets it go on
  };
  Kind kind = Kind::kEvent;
  Timestamp at;                                ///< the event's own time, or the clock's
  Timestamp received;                          ///< of an event: when the log took it in
  std::string json;                            ///< of an event
  std::string campaign;                        ///< kKill, kResume
  std::shared_ptr<const Workspace> workspace;  ///< kReload
  SourcePosition position;
};

/// What one field of an output must say.
struct ExpectedField {
  std::string name;
  std::string text;  ///< a time as RFC 3339; a list or mapping as JSON
  bool is_time = false;
};
/// In the order of the file. Fields that are not named are not compared.
using Expectation = std::vector<ExpectedField>;

/// All outputs of a kind, in order; or no matter which.
struct ExpectedOutputs {
  bool any = false;
  std::vector<Expectation> outputs;
};

struct Scenario {
  std::string name;
  bool wall_clock = true;  ///< false: only the events' own times, as in backtest
  std::vector<Step> steps;
  std::vector<std::string> only;  ///< the campaigns that are compared; empty: all
  ExpectedOutputs triggers;
  ExpectedOutputs suppressed;              ///< decisions that became no trigger
  std::vector<Expectation> state;          ///< of customers, at the end
  std::vector<std::string> metric_errors;  ///< names of the metrics, in order
  SourcePosition position;
};

struct ScenarioFile {
  std::string path;
  std::shared_ptr<const Workspace> workspace;
  ScenarioTimes times;  ///< how times are written in the file
  std::vector<Scenario> scenarios;
};

}  // namespace sapa::scenarios
