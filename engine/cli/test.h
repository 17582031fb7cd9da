// `sapa test`: runs the scenarios that lie beside a workspace's campaigns.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace sapa {

struct TestCommand {
  std::vector<std::string> paths;
  std::string workspace;  ///< of files that lie in no workspace's `tests`
  std::string filter;
  std::string junit_file;
  bool json = false, verbose = false;
};

/// 0: all passed; 1: a scenario failed or a file has errors; 2: there is nothing to run, or a
/// report can't be written.
int run_tests(const TestCommand& command, std::ostream& out, std::ostream& errors);

void add_test(CLI::App& app, int& exit_code);

}  // namespace sapa
