// What a change of the workspace does to the kept state, for people and for programs.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "engine/workspace/changes.h"

namespace sapa {

/// A table of what is not simply kept, and how much is.
void print_changes(const std::vector<WorkspaceChange>& changes, std::ostream& out);

/// {"summary": {"metrics": {"kept": 3, …}, …}, "definitions": [{"kind", "name", "outcome", …}, …]}
void append_changes(const std::vector<WorkspaceChange>& changes, std::string& out);

}  // namespace sapa
