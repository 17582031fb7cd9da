// `sapa publish FILE…`: puts events, one JSON object a line, on a Kafka topic: keyed by the
// customer, with the event's own time as the record's. As fast as it goes, at a rate, or in the
// events' own time scaled.
#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace sapa {

struct PublishOptions {
  std::vector<std::string> files;  ///< "-" is standard input; gzip is recognised
  std::string bootstrap_servers;   ///< with topic; or else:
  std::string url;                 ///< of a running engine on the embedded log
  std::string topic;
  double rate = 0;   ///< records per second; 0: no limit
  double speed = 0;  ///< seconds of the events' own time per second; 0: no limit
  std::map<std::string, std::string> kafka_options;
  bool progress = false;  ///< a line on `errors` that is written over
};

/// 0: all published; 1: some lines were refused or not written; 2: a file, topic or option is
/// wrong. A summary goes to `out`, what was refused with file and line number to `errors`.
int run_publish(const PublishOptions& options, std::ostream& out, std::ostream& errors);

/// Adds the subcommand; when it has run, `exit_code` is run_publish's.
void add_publish(CLI::App& app, int& exit_code);

}  // namespace sapa
