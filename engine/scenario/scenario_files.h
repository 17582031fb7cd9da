// Where scenarios lie: beside a workspace's campaigns in its folder `tests`, which is no part of
// the workspace itself, or in any file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/scenario/scenario_reader.h"

namespace sapa::scenarios {

struct ScenarioPlace {
  std::string path;
  std::string home;  ///< the folder of the workspace that it belongs to; empty if unknown
};

/// A workspace's folder: every *.yaml and *.yml under its `tests`, in order of name; a file:
/// itself, at home in the folder that holds the `tests` in which it lies. `workspace`, if not
/// empty, is the home of files. A user error if there is nothing.
Result<std::vector<ScenarioPlace>> find_scenarios(const std::string& path,
                                                  const std::string& workspace);

/// Reads scenario files and loads each workspace once.
class ScenarioFiles {
 public:
  /// An Error only where the file itself can't be read.
  Result<LoadedScenarios> load(const ScenarioPlace& place);

 private:
  Result<LoadedWorkspace> workspace_of(const std::string& folder);

  std::map<std::string, LoadedWorkspace> workspaces_;
};

}  // namespace sapa::scenarios
