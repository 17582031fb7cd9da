// `sapa demo`: a small shop that lives. The engine runs in this process on the embedded log, a
// simulated shop sends it events in fast motion, and what the engine decides is shown as it
// happens, with a table at the end.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include <CLI/CLI.hpp>

namespace sapa {

struct DemoOptions {
  std::string workspace;  ///< empty: the retailer's of the source folder
  std::string listen;     ///< empty: 127.0.0.1:8080, or another port if that one is taken
  std::string state_dir;  ///< empty: a folder that is removed at the end
  double seconds = 60;
  bool stay = false;   ///< goes on until it is interrupted
  double speed = 180;  ///< seconds of the shop's time in one second
  uint32_t customers = 400;
  uint64_t seed = 1;
};

/// 0: triggers of several campaigns were shown; 1: they were not, or the engine failed; 2: an
/// option is wrong.
int run_demo(const DemoOptions& options, std::ostream& out, std::ostream& errors);

/// Adds the subcommand; when it has run, `exit_code` is run_demo's.
void add_demo(CLI::App& app, int& exit_code);

}  // namespace sapa
