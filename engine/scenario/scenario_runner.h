// Runs scenarios and tells how they went. Each is run in three ways: how often work is committed,
// who is kept in memory and whether the engine restarts must make no difference to what comes out.
#pragma once

#include <string>
#include <vector>

#include "engine/scenario/differences.h"
#include "engine/scenario/scenario_reader.h"

namespace sapa::scenarios {

struct ScenarioResult {
  std::string name;
  SourcePosition position;
  double seconds = 0;
  std::string error;                    ///< why it could not be run to its end; empty if it was
  std::vector<Difference> differences;  ///< from what is expected
  /// Empty if it failed in the first way; else the way in which it gave something else, which is a
  /// mistake of the engine's.
  std::string only_when;

  bool passed() const { return error.empty() && differences.empty(); }
  /// What is wrong, for people; empty if it passed.
  std::string explanation() const;
};

struct FileResult {
  std::string path;
  std::vector<Finding> findings;  ///< the file could not be used; then there are no scenarios
  std::vector<ScenarioResult> scenarios;

  size_t failed() const;
  size_t passed() const { return scenarios.size() - failed(); }
  bool ok() const { return findings.empty() && failed() == 0; }
};

ScenarioResult run_scenario(const ScenarioFile& file, const Scenario& scenario);

/// Those whose name holds `filter`.
FileResult run_scenarios(const std::string& path, const LoadedScenarios& loaded,
                         const std::string& filter);

}  // namespace sapa::scenarios
