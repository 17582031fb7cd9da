// Loading the workspace that a command was given: its findings go to the error output, as `sapa
// check` prints them.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "engine/workspace/workspace.h"

namespace sapa {

/// Null if it can't be used; everything has been said then.
std::shared_ptr<const Workspace> load_or_explain(const std::string& folder, std::ostream& errors);

}  // namespace sapa
