// `sapa check DIR`: every error of a workspace, and what one customer's record can take under it.
#pragma once

#include <iosfwd>
#include <string>

#include <CLI/CLI.hpp>

namespace sapa {

/// 0: no errors; 1: the workspace has errors; 2: the folder cannot be read.
int run_check(const std::string& folder, bool json, std::ostream& out, std::ostream& errors);

/// Adds the subcommand; when it has run, `exit_code` is run_check's.
void add_check(CLI::App& app, int& exit_code);

}  // namespace sapa
