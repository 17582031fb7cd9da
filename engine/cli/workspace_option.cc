#include "engine/cli/workspace_option.h"

#include <ostream>

#include "engine/workspace/loader.h"

namespace sapa {

std::shared_ptr<const Workspace> load_or_explain(const std::string& folder, std::ostream& errors) {
  auto loaded = load_workspace(folder);
  if (!loaded) {
    errors << "sapa: " << loaded.error().message << "\n";
    return nullptr;
  }
  for (const Finding& finding : loaded->findings) {
    if (finding.severity == Finding::Severity::kError) errors << to_string(finding) << "\n";
  }
  if (!loaded->workspace) {
    errors << "sapa: the workspace " << folder << " has errors; `sapa check " << folder
           << "` shows all findings\n";
  }
  return loaded->workspace;
}

}  // namespace sapa
