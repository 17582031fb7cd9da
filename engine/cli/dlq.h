// `sapa dlq list|show|replay`: the records that could not be worked in, why, and back onto the
// input once the cause is gone.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "engine/cli/dead_letters.h"

namespace sapa {

struct DlqOptions {
  std::string bootstrap_servers, input = "events", topic;  ///< on Kafka
  std::string state_dir;                                   ///< else: of the embedded log
  std::vector<std::string> kafka;                          ///< NAME=VALUE

  std::vector<std::string> codes, ids;
  int partition = -1;
  bool all = false, waiting = false, json = false, dry_run = false;
  std::string to;
};

/// 0: done; 1: it failed, or what was asked for is not there; 2: an option is wrong.
int run_dlq_list(DeadLetterLog& log, const DlqOptions& options, std::ostream& out,
                 std::ostream& errors);
int run_dlq_show(DeadLetterLog& log, const DlqOptions& options, std::ostream& out,
                 std::ostream& errors);
int run_dlq_replay(DeadLetterLog& log, const DlqOptions& options, std::ostream& out,
                   std::ostream& errors);

void add_dlq(CLI::App& app, int& exit_code);

}  // namespace sapa
