// The options of `sapa run`, with their texts.
#include <iostream>
#include <memory>

#include "engine/cli/backtest.h"
#include "engine/cli/config_file.h"
#include "engine/cli/run.h"

namespace sapa {
namespace {

std::string check_size(const std::string& text) {
  return parse_bytes(text) > 0 ? "" : "'" + text + "' is no size; write 512M or 2G";
}

void add_kafka_options(CLI::App& sub, RunOptions& o) {
  const char* group = "Kafka";
  sub.add_option("--bootstrap-servers", o.bootstrap_servers,
                 "Kafka, HOST:PORT,…; without it the engine runs on the embedded log")
      ->group(group);
  sub.add_option("--input", o.input, "Topic with the events")->capture_default_str()->group(group);
  sub.add_option("--output", o.output, "Topic for the triggers")
      ->capture_default_str()
      ->group(group);
  sub.add_option("--group", o.group, "Consumer group")->capture_default_str()->group(group);
  sub.add_option("--delivery", o.delivery, "exactly_once or at_least_once")
      ->check(CLI::IsMember({"exactly_once", "at_least_once"}))
      ->capture_default_str()
      ->group(group);
  sub.add_option("--decisions-topic", o.decisions_topic, "Topic for decisions (GROUP-decisions)")
      ->group(group);
  sub.add_option("--dead-letter-topic", o.dead_letter_topic,
                 "Topic for records that can't be read (INPUT-dead-letters)")
      ->group(group);
  sub.add_option("--changelog-topic", o.changelog_topic,
                 "Topic that holds the customers' state (GROUP-changelog)")
      ->group(group);
  sub.add_option("--control-topic", o.control_topic,
                 "Topic that holds which campaigns are killed (GROUP-control)")
      ->group(group);
  sub.add_option("--instance", o.instance,
                 "Name of this process in the group, the same over restarts (kept in the state "
                 "folder if not given)")
      ->group(group);
  sub.add_option("--membership", o.membership,
                 "static: a process that stops keeps its partitions until its session times out, "
                 "so a restart moves nothing; dynamic: it gives them to the others at once")
      ->check(CLI::IsMember({"static", "dynamic"}))
      ->capture_default_str()
      ->group(group);
  sub.add_flag("--create-topics,!--no-create-topics", o.create_topics,
               "Make topics that are missing (on unless told not to)")
      ->group(group);
  sub.add_option("--partitions", o.partitions,
                 "Partitions of an input topic or embedded log that has to be made")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str()
      ->group(group);
  sub.add_option("--replication-factor", o.replication_factor,
                 "Of topics that have to be made; -1: the broker's default")
      ->capture_default_str()
      ->group(group);
  sub.add_option("--kafka", o.kafka, "Any option of librdkafka, NAME=VALUE; more than once")
      ->allow_extra_args(false)
      ->group(group);
}

void add_engine_options(CLI::App& sub, RunOptions& o) {
  const char* group = "Engine";
  sub.add_option("--format", o.format, "Of triggers and decisions: json or protobuf")
      ->check(CLI::IsMember({"json", "protobuf"}))
      ->capture_default_str()
      ->group(group);
  sub.add_flag("--cloudevents", o.cloudevents, "Put each trigger inside a CloudEvent")
      ->group(group);
  sub.add_flag("--decisions,!--no-decisions", o.decisions,
               "Put out decisions, too (on unless told not to)")
      ->group(group);
  sub.add_option("--clock", o.clock,
                 "wall: timers follow the wall clock once all is read; event: only the records' "
                 "times, for replaying history")
      ->check(CLI::IsMember({"wall", "event"}))
      ->capture_default_str()
      ->group(group);
  sub.add_option("--workers", o.workers, "Threads; 0: one per core")
      ->check(CLI::Range(0, 256))
      ->capture_default_str()
      ->group(group);
  sub.add_option("--standby-replicas", o.standby_replicas,
                 "How many other processes keep a warm copy of each partition's state, so that one "
                 "of them takes over within a second")
      ->check(CLI::Range(0, 100))
      ->capture_default_str()
      ->group(group);
  sub.add_option("--keep-state", o.keep_state,
                 "How long to keep the state folder of a partition that has gone to another "
                 "process, so that only the difference is restored when it comes back")
      ->capture_default_str()
      ->group(group);
  sub.add_option("--memory", o.memory, "For all of the process, roughly")
      ->check(check_size)
      ->capture_default_str()
      ->group(group);
  sub.add_option("--max-record-bytes", o.max_record_bytes, "Larger records are dead letters")
      ->check(CLI::Range(1024u, 64u << 20))
      ->capture_default_str()
      ->group(group);
  sub.add_option("--max-customer-bytes", o.max_customer_bytes,
                 "Of one customer's record; an event that would make it larger is a dead letter")
      ->check(CLI::Range(64u << 10, 9u << 20))
      ->capture_default_str()
      ->group(group);
  sub.add_option("--max-depth", o.max_depth, "Of nesting in a record")
      ->check(CLI::Range(4u, 1000u))
      ->capture_default_str()
      ->group(group);
  sub.add_option("--max-string-bytes", o.max_string_bytes, "Of one text in a record")
      ->check(CLI::Range(256u, 64u << 20))
      ->capture_default_str()
      ->group(group);
}

void add_embedded_options(CLI::App& sub, RunOptions& o) {
  const char* group = "HTTP and embedded log";
  sub.add_option("--listen", o.listen, "HOST:PORT for HTTP; port 0: any that is free")
      ->capture_default_str()
      ->group(group);
  sub.add_option("--write-key", o.write_keys,
                 "Accept events by HTTP only with this write key; more than once")
      ->allow_extra_args(false)
      ->group(group);
  sub.add_option("--read-key", o.read_keys,
                 "Give triggers, decisions and customers out only with this key; more than once")
      ->allow_extra_args(false)
      ->group(group);
  sub.add_option("--admin-key", o.admin_keys,
                 "Reload the workspace and kill campaigns only with this key; more than once")
      ->allow_extra_args(false)
      ->group(group);
  sub.add_option("--fsync", o.fsync,
                 "every: an accepted event is on the disk; never: a power cut may lose the newest")
      ->check(CLI::IsMember({"every", "never"}))
      ->capture_default_str()
      ->group(group);
  sub.add_option("--keep", o.keep, "How long the embedded log keeps what is done")
      ->capture_default_str()
      ->group(group);
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* sub = app.add_subcommand("run", "Run the engine");
  sub->add_option("--workspace,-w", options->workspace, "Folder of the workspace");
  sub->add_flag("--watch-workspace", options->watch_workspace,
                "Read the workspace again when its files change; else on SIGHUP and POST "
                "/v1/workspace/reload");
  sub->add_option("--state-dir", options->state_dir, "Folder for the state; made if missing");
  sub->add_option("--config,-c", options->config, "YAML file with any of these options");
  sub->add_option("--log-level", options->log_level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  add_kafka_options(*sub, *options);
  add_engine_options(*sub, *options);
  add_embedded_options(*sub, *options);
  allow_environment(*sub);
  sub->footer(
      "Every option can also stand in the file given by --config (without the dashes; "
      "librdkafka's\n"
      "own under `kafka:`) and in the environment as SAPA_… (SAPA_STATE_DIR). The command line "
      "wins\n"
      "over the environment, and the environment over the file.\n"
      "\n"
      "Examples:\n"
      "  sapa run --workspace deploy/workspaces/retailer --state-dir /var/lib/sapa\n"
      "  sapa run -w my-shop --state-dir /var/lib/sapa --bootstrap-servers kafka:9092 \\\n"
      "           --input events --output triggers --group sapa\n"
      "  sapa run --config /etc/sapa.yaml\n"
      "  sapa run -w my-shop --state-dir state --bootstrap-servers kafka:9092 --clock event \\\n"
      "           --kafka security.protocol=SASL_SSL --kafka sasl.mechanisms=PLAIN");
  sub->callback([options, sub, &exit_code] {
    auto refuse = [&](const std::string& why) {
      std::cerr << "sapa: " << why << "\n\n" << sub->help();
      exit_code = 2;
    };
    if (!options->config.empty()) {
      if (Status applied = apply_config_file(options->config, *sub); !applied) {
        return refuse(applied.error().message);
      }
    }
    if (options->workspace.empty()) return refuse("--workspace is required");
    if (options->state_dir.empty()) return refuse("--state-dir is required");
    exit_code = run_engine(*options);
  });
}

}  // namespace sapa
