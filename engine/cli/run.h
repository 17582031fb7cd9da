// `sapa run`: the engine, on Kafka or, without bootstrap servers, on the embedded log.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace sapa {

struct RunOptions {
  std::string workspace, state_dir, config;
  bool watch_workspace = false;

  std::string bootstrap_servers, input = "events", output = "triggers", group = "sapa";
  std::string decisions_topic, dead_letter_topic, changelog_topic, control_topic, instance;
  std::string delivery = "exactly_once", membership = "static";
  bool create_topics = true;
  int partitions = 4;
  int replication_factor = -1;
  std::vector<std::string> kafka;  ///< NAME=VALUE

  std::string format = "json";
  bool cloudevents = false;
  bool decisions = true;
  std::string clock = "wall";
  int workers = 0;  ///< 0: one per core, at most two
  std::string memory = "384M";
  std::string listen = "127.0.0.1:8080";
  std::vector<std::string> write_keys, read_keys, admin_keys;
  std::string fsync = "every";
  std::string keep = "7d";
  std::string keep_state = "24h";
  int standby_replicas = 0;
  unsigned max_record_bytes = 1 << 20, max_depth = 32, max_string_bytes = 64 << 10;
  unsigned max_customer_bytes = 4 << 20;
  std::string log_level = "info";
};

/// 0: stopped in order; 1: ended by a failure; 2: an option or the configuration is wrong.
int run_engine(const RunOptions& options);

void add_run(CLI::App& app, int& exit_code);

}  // namespace sapa
