// Options from a YAML file, under their command-line names without dashes (`state-dir:
// /var/lib/sapa`; `state_dir` does too). What stands on the command line or in the environment
// wins. A mapping is for an option that takes NAME=VALUE (`kafka:`).
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "engine/base/result.h"

namespace sapa {

/// Gives `command` every option of the file that it has not been given yet. Unknown names are user
/// errors with file:line:column.
Status apply_config_file(const std::string& path, CLI::App& command);

/// Lets every option of the command be set by SAPA_… in the environment (`--state-dir`:
/// SAPA_STATE_DIR).
void allow_environment(CLI::App& command);

}  // namespace sapa
