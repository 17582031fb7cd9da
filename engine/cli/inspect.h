// `sapa inspect customer ID`: everything known about a customer, from a running engine or from a
// state folder.
#pragma once

#include <iosfwd>
#include <string>

#include <CLI/CLI.hpp>

namespace sapa {

struct InspectCommand {
  std::string customer_id;
  std::string url = "http://127.0.0.1:8080";
  std::string state_dir, workspace;
  bool json = false;
};

/// 0: found; 1: there is no such customer, or nobody to ask; 2: wrong options.
int run_inspect_customer(const InspectCommand& command, std::ostream& out, std::ostream& errors);

void add_inspect(CLI::App& app, int& exit_code);

}  // namespace sapa
