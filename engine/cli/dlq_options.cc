// The options of `sapa dlq`, with their texts.
#include <iostream>
#include <memory>

#include "engine/cli/dlq.h"

namespace sapa {
namespace {

using Run = int (*)(DeadLetterLog&, const DlqOptions&, std::ostream&, std::ostream&);

void add_source(CLI::App& sub, DlqOptions& o) {
  sub.add_option("--bootstrap-servers", o.bootstrap_servers, "Kafka, HOST:PORT,…")
      ->envname("SAPA_BOOTSTRAP_SERVERS");
  sub.add_option("--input", o.input, "The topic whose dead letters these are")
      ->envname("SAPA_INPUT")
      ->capture_default_str();
  sub.add_option("--topic", o.topic, "The topic that they are on (INPUT-dead-letters)")
      ->envname("SAPA_DEAD_LETTER_TOPIC");
  sub.add_option("--kafka", o.kafka, "Any option of librdkafka, NAME=VALUE; more than once")
      ->allow_extra_args(false);
  sub.add_option("--state-dir", o.state_dir, "Those of an embedded log in this folder instead");
}

void add_selection(CLI::App& sub, DlqOptions& o) {
  sub.add_option("--code", o.codes, "Only with this code, such as invalid_json; more than once")
      ->allow_extra_args(false);
  sub.add_option("--partition", o.partition, "Only of this partition of the input")
      ->check(CLI::NonNegativeNumber);
}

int with_log(const DlqOptions& options, Run run) {
  if (options.state_dir.empty() == options.bootstrap_servers.empty()) {
    std::cerr << "sapa: say where the dead letters are: --bootstrap-servers, or --state-dir\n";
    return 2;
  }
  if (!options.state_dir.empty()) {
    return run(*dead_letters_in_folder(options.state_dir), options, std::cout, std::cerr);
  }
  kafka::KafkaConfig config;
  config.bootstrap_servers = options.bootstrap_servers;
  Status status;
  for (const std::string& text : options.kafka) {
    if (status) status = kafka::add_option(text, config.options);
  }
  if (status) status = kafka::check_config(config);
  if (!status) {
    std::cerr << "sapa: " << status.error().message << "\n";
    return 2;
  }
  std::string topic = options.topic.empty() ? options.input + "-dead-letters" : options.topic;
  return run(*dead_letters_on_kafka(std::move(config), std::move(topic)), options, std::cout,
             std::cerr);
}

void add_list(CLI::App& dlq, const std::shared_ptr<DlqOptions>& o, int& exit_code) {
  CLI::App* sub = dlq.add_subcommand("list", "A line for each");
  add_source(*sub, *o);
  add_selection(*sub, *o);
  sub->add_flag("--waiting", o->waiting, "Only those that have not been put back");
  sub->add_flag("--json", o->json, "A JSON object a line");
  sub->footer(
      "Examples:\n"
      "  sapa dlq list --bootstrap-servers kafka:9092 --input events --waiting\n"
      "  sapa dlq list --state-dir /var/lib/sapa --code invalid_json --json");
  sub->callback([o, &exit_code] { exit_code = with_log(*o, run_dlq_list); });
}

void add_show(CLI::App& dlq, const std::shared_ptr<DlqOptions>& o, int& exit_code) {
  CLI::App* sub = dlq.add_subcommand("show", "One in full: why, where from, its headers and bytes");
  sub->add_option("ID", o->ids, "PARTITION/OFFSET, as list prints it")->required();
  add_source(*sub, *o);
  sub->add_flag("--json", o->json, "Print JSON");
  sub->footer("Example:\n  sapa dlq show 3/41 --bootstrap-servers kafka:9092 --input events");
  sub->callback([o, &exit_code] { exit_code = with_log(*o, run_dlq_show); });
}

void add_replay(CLI::App& dlq, const std::shared_ptr<DlqOptions>& o, int& exit_code) {
  CLI::App* sub = dlq.add_subcommand("replay", "Put them back onto the input, each once");
  add_source(*sub, *o);
  add_selection(*sub, *o);
  sub->add_option("--id", o->ids, "Only this one, PARTITION/OFFSET; more than once")
      ->allow_extra_args(false);
  sub->add_flag("--all", o->all, "All that have not been put back yet");
  sub->add_option("--to", o->to, "Another topic than the one that they came from");
  sub->add_flag("--dry-run", o->dry_run, "Only say what would be put back");
  sub->footer(
      "What has been put back is marked on the dead-letter topic in the same transaction, so the\n"
      "command can be repeated, also after it was cut short. Dead letters of an embedded log need\n"
      "its engine to be stopped.\n"
      "Exit codes: 0 done, 1 some or all could not be put back, 2 an option is wrong.\n\n"
      "Examples:\n"
      "  sapa dlq replay --bootstrap-servers kafka:9092 --input events --code internal_error "
      "--dry-run\n"
      "  sapa dlq replay --bootstrap-servers kafka:9092 --input events --id 3/41 --id 0/7\n"
      "  sapa dlq replay --state-dir /var/lib/sapa --all");
  sub->callback([o, &exit_code] {
    if (!o->all && o->codes.empty() && o->ids.empty() && o->partition < 0) {
      std::cerr << "sapa: say which: --all, --code, --partition or --id\n";
      exit_code = 2;
      return;
    }
    exit_code = with_log(*o, run_dlq_replay);
  });
}

}  // namespace

void add_dlq(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DlqOptions>();
  CLI::App* dlq =
      app.add_subcommand("dlq", "Dead letters: list them, show one, put them back after a fix");
  dlq->require_subcommand(1);
  add_list(*dlq, options, exit_code);
  add_show(*dlq, options, exit_code);
  add_replay(*dlq, options, exit_code);
}

}  // namespace sapa
