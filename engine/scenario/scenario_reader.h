// A scenario file's YAML → the scenarios, or every error in it with file, line and column, as with
// a workspace. What a scenario names (campaigns, reasons, segments) is checked against its
// workspace, so that a misspelt name is an error and not a difference.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/scenario/scenario.h"
#include "engine/workspace/loader.h"

namespace sapa::scenarios {

struct LoadedScenarios {
  std::shared_ptr<const ScenarioFile> file;  ///< null if there was any error
  std::vector<Finding> findings;             ///< errors only, also those of its workspace
};

/// Loads the workspace of a folder, or says why it can't be read at all.
using WorkspaceLoader = std::function<Result<LoadedWorkspace>(const std::string& folder)>;

/// `path` stands in messages; `home` is the folder of the workspace if the file names none ("": it
/// must name one).
LoadedScenarios read_scenarios(const std::string& path, std::string text, const std::string& home,
                               const WorkspaceLoader& load);

}  // namespace sapa::scenarios
