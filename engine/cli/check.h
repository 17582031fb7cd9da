// `sapa check DIR`: every error of a workspace, and what one customer's record can take under it;
// with
// --against, what becomes of the kept state when it takes another one's place.
#pragma once

#include <iosfwd>
#include <string>

#include <CLI/CLI.hpp>

namespace sapa {

/// 0: no errors; 1: the workspace has errors; 2: the folder cannot be read.
/// `against`, if not empty, is the folder of the workspace that is in use now; 2 if that has
/// errors.
int run_check(const std::string& folder, const std::string& against, bool json, std::ostream& out,
              std::ostream& errors);

/// Adds the subcommand; when it has run, `exit_code` is run_check's.
void add_check(CLI::App& app, int& exit_code);

}  // namespace sapa
