// What a scenario expects against what came out, as lines that a person can read.
#pragma once

#include <string>

#include "tests/scenarios/driver.h"
#include "tests/scenarios/scenario.h"

namespace sapa::scenarios {

/// Empty if everything is as expected. Else a list with every line that is right (two blanks),
/// missing (`- `) or unexpected (`+ `).
std::string differences(const Scenario& scenario, const Outcome& outcome);

}  // namespace sapa::scenarios
