// What a scenario expects against what came out, as lines that a person can read.
#pragma once

#include <string>
#include <vector>

#include "engine/scenario/driver.h"
#include "engine/scenario/scenario.h"

namespace sapa::scenarios {

struct Difference {
  enum class Mark : uint8_t {
    kRight,       ///< came out as expected, between others that did not
    kMissing,     ///< expected, but did not come out
    kUnexpected,  ///< came out, but is not expected
    kDiffers,     ///< came out, but says something else
  };
  std::string in;  ///< "triggers", "suppressed", "state" or "metric_errors"
  Mark mark = Mark::kMissing;
  std::string text;
  std::vector<std::string> fields;  ///< of kDiffers: "title: expected A, came out B"
};

/// Empty if everything is as expected.
std::vector<Difference> find_differences(const Scenario& scenario, const ScenarioTimes& times,
                                         const Outcome& outcome);

/// A list with every line that is right (two blanks), missing (`- `), unexpected (`+ `) or differs
/// (`~ `).
std::string to_text(const std::vector<Difference>& differences);

}  // namespace sapa::scenarios
