#include "engine/cli/run.h"

#include <iostream>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include "engine/cli/engine_parts.h"
#include "engine/cli/http_side.h"
#include "engine/cli/signals.h"
#include "engine/cli/workspace_option.h"

namespace sapa {
namespace {

/// Logs go to the error output: what a command answers goes to the standard output.
void set_up_logging(const std::string& level) {
  auto logger = spdlog::stderr_color_mt("sapa");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  logger->set_level(spdlog::level::from_str(level == "warn" ? "warning" : level));
  spdlog::set_default_logger(std::move(logger));
}

/// Stores, brokers and readers over HTTP all take descriptors; without any left, librdkafka would
/// try in silence.
Status take_descriptors() {
  constexpr rlim_t kFewest = 256;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= kFewest) return {};
  return user_error("too many open files are to be expected: the limit is " +
                    std::to_string(limit.rlim_cur) + "; give the process at least " +
                    std::to_string(kFewest) + " (ulimit -n, LimitNOFILE)");
}

int exit_code_of(const Error& error) {
  spdlog::error("{}", error.message);
  return error.fault == Fault::kUser ? 2 : 1;
}

}  // namespace

int run_engine(const RunOptions& options) {
  StopSignals signals(/*hangup=*/true);
  set_up_logging(options.log_level);
  if (Status taken = take_descriptors(); !taken) return exit_code_of(taken.error());
  auto workspace = load_or_explain(options.workspace, std::cerr);
  if (!workspace) return 1;
  auto made = make_engine(options, workspace);
  if (!made) return exit_code_of(made.error());
  EngineParts& parts = **made;
  auto http = HttpSide::start(parts, options);
  if (!http) return exit_code_of(http.error());
  spdlog::info("workspace {} with {} campaigns, on {}", workspace->fingerprint,
               workspace->campaigns.size(),
               parts.kafka ? "Kafka at " + parts.kafka->bootstrap_servers
                           : "the embedded log in " + options.state_dir);
  spdlog::info("listening on {}", (*http)->url());
  // Told at once, since closing the others may hang; at the end once more, as the last line.
  parts.engine->start(
      [](const Error& error) { spdlog::warn("stopping, a worker has failed: {}", error.message); });
  signals.watch(
      [&parts] {
        spdlog::info("stopping: committing what is under way");
        parts.engine->stop();
      },
      [&parts] { parts.control->reload("SIGHUP", [](const ControlAnswer&) {}); });
  Status ended = parts.engine->wait();
  (*http)->stop();
  if (!ended) return exit_code_of(ended.error());
  spdlog::info("stopped");
  return 0;
}

}  // namespace sapa
