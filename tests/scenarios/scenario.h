// A scenario: a workspace, what happens with the time, and what must come out of it, as data that a
// marketer can read. One YAML file holds a workspace and the scenarios told on it; the format is
// described in README.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace sapa::scenarios {

/// One thing that happens.
struct Step {
  enum class Kind : uint8_t {
    kEvent,    ///< a record comes in
    kClock,    ///< the wall clock goes on to `at`, and everything has been read all the time
    kWall,     ///< the wall clock shows `at`, but what follows lay in the log before
    kRestart,  ///< the engine ends, and starts again from what it has committed
  };
  Kind kind = Kind::kEvent;
  Timestamp at;        ///< the event's own time, or the clock's
  Timestamp received;  ///< of an event: when the log took it in
  std::string json;    ///< of an event
  int line = 0;
};

/// What an output must say: pairs of field and text, in the order of the file. Fields that are not
/// named are not compared.
using Expectation = std::vector<std::pair<std::string, std::string>>;

struct Scenario {
  std::string name;
  bool wall_clock = true;  ///< false: only the events' own times, as in backtest
  std::vector<Step> steps;
  std::vector<Expectation> triggers;       ///< all of them, in order
  std::vector<Expectation> suppressed;     ///< all decisions that became no trigger, in order
  std::vector<Expectation> state;          ///< of customers, at the end
  std::vector<std::string> metric_errors;  ///< names of the metrics, in order
  int line = 0;
};

struct ScenarioFile {
  /// Pairs of file name and text, or a folder.
  std::vector<std::pair<std::string, std::string>> workspace_texts;
  std::string workspace_folder;  ///< as the file has it: relative to the repository's root
  std::vector<Scenario> scenarios;
};

/// An Error tells the line.
Result<ScenarioFile> parse_scenarios(std::string_view text);

}  // namespace sapa::scenarios
