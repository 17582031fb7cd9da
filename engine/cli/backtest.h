// `sapa backtest`: history through a workspace, before it goes live.
#pragma once

#include <algorithm>
#include <iosfwd>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

namespace sapa {

struct BacktestCommand {
  std::string workspace;
  std::vector<std::string> files;                  ///< NDJSON, plain or gzip; "-" is standard input
  std::string bootstrap_servers, input, from, to;  ///< or a topic's range
  std::vector<std::string> kafka;                  ///< NAME=VALUE
  std::string triggers_file, decisions_file;
  std::string memory = "1G";
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  bool json = false;
  bool hours = false;
};

/// 0: done; 1: the workspace has errors, or a file can't be read or written; events that are
/// refused are counted and shown, and do not change the code.
int run_backtest(const BacktestCommand& command, std::ostream& out, std::ostream& errors);

void add_backtest(CLI::App& app, int& exit_code);

/// "512M", "2G", "1048576": bytes; 0 if it is none of these.
size_t parse_bytes(const std::string& text);

}  // namespace sapa
