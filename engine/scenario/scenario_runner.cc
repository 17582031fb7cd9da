#include "engine/scenario/scenario_runner.h"

#include <algorithm>
#include <chrono>

namespace sapa::scenarios {
namespace {

struct Way {
  Commits commits;
  const char* only_when;
};
constexpr Way kWays[] = {
    {Commits::kAtTheEnd, ""},
    {Commits::kAfterEveryStep, "committed after every step, with nobody kept in memory"},
    {Commits::kRestartEveryStep, "restarted after every step"},
};

}  // namespace

std::string ScenarioResult::explanation() const {
  if (passed()) return {};
  std::string text = error.empty() ? to_text(differences) : error + "\n";
  if (only_when.empty()) return text;
  return "only when the engine " + only_when + "; this is a mistake in Sapa, please report it:\n" +
         text;
}

size_t FileResult::failed() const {
  return static_cast<size_t>(
      std::count_if(scenarios.begin(), scenarios.end(),
                    [](const ScenarioResult& result) { return !result.passed(); }));
}

ScenarioResult run_scenario(const ScenarioFile& file, const Scenario& scenario) {
  ScenarioResult result;
  result.name = scenario.name;
  result.position = scenario.position;
  auto start = std::chrono::steady_clock::now();
  for (const Way& way : kWays) {
    auto outcome = drive(scenario, file.workspace, way.commits);
    if (!outcome) {
      result.error = outcome.error().message;
    } else {
      result.differences = find_differences(scenario, file.times, *outcome);
    }
    result.only_when = way.only_when;
    if (!result.passed()) break;
  }
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  result.seconds = took.count();
  return result;
}

FileResult run_scenarios(const std::string& path, const LoadedScenarios& loaded,
                         const std::string& filter) {
  FileResult result;
  result.path = path;
  result.findings = loaded.findings;
  if (!loaded.file) return result;
  for (const Scenario& scenario : loaded.file->scenarios) {
    if (scenario.name.find(filter) == std::string::npos) continue;
    result.scenarios.push_back(run_scenario(*loaded.file, scenario));
  }
  return result;
}

}  // namespace sapa::scenarios
