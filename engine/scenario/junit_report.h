// Results as the XML that CI systems read (JUnit's, as Jenkins, GitLab and GitHub's actions take
// it): a test suite a file, a test case a scenario.
#pragma once

#include <string>
#include <vector>

#include "engine/scenario/scenario_runner.h"

namespace sapa::scenarios {

std::string junit_report(const std::vector<FileResult>& files);

}  // namespace sapa::scenarios
