#include "engine/cli/backtest.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include "connectors/kafka/range.h"
#include "engine/base/json.h"
#include "engine/cli/line_reader.h"
#include "engine/cli/progress.h"
#include "engine/cli/workspace_option.h"
#include "engine/runtime/backtest.h"

namespace sapa {
namespace {

constexpr uint64_t kRefusalsShown = 5;

/// A file of lines, buffered; "-" is standard output.
class LineFile {
 public:
  bool open(const std::string& path) {
    file_ = path == "-" ? stdout : std::fopen(path.c_str(), "w");
    return file_ != nullptr;
  }
  ~LineFile() {
    if (file_ != nullptr && file_ != stdout) std::fclose(file_);
  }
  bool is_open() const { return file_ != nullptr; }
  bool write(std::string_view line) {
    return fwrite_unlocked(line.data(), 1, line.size(), file_) == line.size() &&
           putc_unlocked('\n', file_) != EOF;
  }
  bool flush() { return file_ == nullptr || std::fflush(file_) == 0; }

 private:
  std::FILE* file_ = nullptr;
};

uint64_t total_bytes(const std::vector<std::string>& files) {
  uint64_t sum = 0;
  for (const std::string& file : files) {
    std::error_code error;
    auto size = std::filesystem::file_size(file, error);
    if (error || file.ends_with(".gz")) return 0;
    sum += size;
  }
  return sum;
}

std::string top_suppressions(const CampaignReport& report) {
  std::string text;
  for (int i = 1; i < kReasonCount; ++i) {
    uint64_t count = report.decisions[static_cast<size_t>(i)];
    if (count == 0) continue;
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {}", reason_name(static_cast<Reason>(i)), count);
  }
  return text;
}

void print_hours(const Workspace& workspace, const BacktestReport& report, std::ostream& out) {
  fmt::print(out, "\n{:<22} {:<28} {:>10}\n", "hour (UTC)", "campaign", "fired");
  for (const Campaign& campaign : workspace.campaigns) {
    for (auto [hour, fired] : report.campaigns[campaign.index].by_hour) {
      fmt::print(out, "{:<22} {:<28} {:>10}\n",
                 format_rfc3339(Timestamp{hour * 3'600'000}).substr(0, 16), campaign.name, fired);
    }
  }
}

void print_table(const Workspace& workspace, const BacktestReport& report, double seconds,
                 bool hours, std::ostream& out) {
  fmt::print(out, "{:<28} {:<8} {:>10} {:>10}   {}\n", "campaign", "channel", "fired", "customers",
             "suppressed");
  uint64_t fired = 0;
  for (const Campaign& campaign : workspace.campaigns) {
    const CampaignReport& entry = report.campaigns[campaign.index];
    fired += entry.fired();
    fmt::print(out, "{:<28} {:<8} {:>10} {:>10}   {}\n", campaign.name,
               channel_name(campaign.channel), entry.fired(), entry.customers.size(),
               top_suppressions(entry));
  }
  if (hours) print_hours(workspace, report, out);
  fmt::print(out, "\n{} events, {} triggers, {} repeats, {} refused, {} timers fired",
             report.events, fired, report.duplicates, report.refused, report.timers);
  if (seconds > 0) {
    fmt::print(out, "; {:.1f} s, {:.0f} events/s", seconds,
               static_cast<double>(report.events) / seconds);
  }
  fmt::print(out, "\n");
  if (report.metric_errors > 0) {
    fmt::print(out, "{} times a metric could not take an event in, such as {}\n",
               report.metric_errors, report.example_metric_error);
  }
  for (const Campaign& campaign : workspace.campaigns) {
    const CampaignReport& entry = report.campaigns[campaign.index];
    if (entry.example_error.empty()) continue;
    fmt::print(out, "{}: evaluation failed, such as: {}\n", campaign.name, entry.example_error);
  }
}

void print_json(const Workspace& workspace, const BacktestReport& report, double seconds,
                std::ostream& out) {
  std::string text = fmt::format(
      R"({{"events":{},"duplicates":{},"refused":{},"timersFired":{},"seconds":{:.3f},"campaigns":[)",
      report.events, report.duplicates, report.refused, report.timers, seconds);
  for (const Campaign& campaign : workspace.campaigns) {
    const CampaignReport& entry = report.campaigns[campaign.index];
    if (campaign.index > 0) text += ',';
    text += "{\"campaign\":";
    append_json_string(campaign.name, text);
    text += fmt::format(R"(,"channel":"{}","fired":{},"customers":{},"suppressed":{{)",
                        channel_name(campaign.channel), entry.fired(), entry.customers.size());
    bool first = true;
    for (int i = 1; i < kReasonCount; ++i) {
      uint64_t count = entry.decisions[static_cast<size_t>(i)];
      if (count == 0) continue;
      text +=
          fmt::format("{}\"{}\":{}", first ? "" : ",", reason_name(static_cast<Reason>(i)), count);
      first = false;
    }
    text += "},\"byHour\":{";
    first = true;
    for (auto [hour, fired] : entry.by_hour) {
      text += fmt::format("{}\"{}\":{}", first ? "" : ",",
                          format_rfc3339(Timestamp{hour * 3'600'000}), fired);
      first = false;
    }
    text += "}}";
  }
  out << text << "]}\n";
}

/// Feeds every line of every file; the first that can't be read ends it.
Status feed(const BacktestCommand& command, Backtest& backtest) {
  uint64_t events = 0, bytes = 0;
  Progress progress("backtest", total_bytes(command.files));
  for (const std::string& file : command.files) {
    auto reader = LineReader::open(file);
    if (!reader) return reader.error();
    std::string_view line;
    while (true) {
      auto more = reader->next(line);
      if (!more) return more.error();
      if (!*more) break;
      bytes += line.size() + 1;
      if (line.empty()) continue;
      if (Status added = backtest.add(line); !added) return added;
      if (++events % 8192 == 0) progress.update(bytes, events);
    }
  }
  return {};
}

/// Feeds what a topic holds at present, or the part of it between two times.
Status feed_topic(const BacktestCommand& command, Backtest& backtest) {
  kafka::KafkaConfig config;
  config.bootstrap_servers = command.bootstrap_servers;
  for (const std::string& text : command.kafka) {
    if (Status added = kafka::add_option(text, config.options); !added) return added;
  }
  kafka::TimeRange range;
  for (auto [text, bound] : {std::pair{&command.from, &range.from}, {&command.to, &range.to}}) {
    if (text->empty()) continue;
    Timestamp time;
    if (!parse_rfc3339(*text, time)) {
      return user_error("'" + *text + "' is no time such as 2026-03-01T00:00:00Z");
    }
    *bound = time;
  }
  Progress progress("backtest", 0);
  uint64_t events = 0;
  return kafka::read_range(config, command.input, range, [&](const InputItem& item) {
    if (++events % 8192 == 0) progress.update(0, events);
    return backtest.add(item);
  });
}

}  // namespace

size_t parse_bytes(const std::string& text) {
  size_t end = 0;
  double number = 0;
  try {
    number = std::stod(text, &end);
  } catch (const std::exception&) {
    return 0;
  }
  std::string unit = text.substr(end);
  double factor = 0;
  if (unit.empty() || unit == "B") factor = 1;
  for (auto [letter, shift] : {std::pair{'K', 10}, std::pair{'M', 20}, std::pair{'G', 30}}) {
    bool same = !unit.empty() && std::toupper(static_cast<unsigned char>(unit[0])) == letter;
    bool rest = unit.size() == 1 || unit.substr(1) == "B" || unit.substr(1) == "iB";
    if (same && rest) factor = static_cast<double>(size_t{1} << shift);
  }
  return number > 0 ? static_cast<size_t>(number * factor) : 0;
}

int run_backtest(const BacktestCommand& command, std::ostream& out, std::ostream& errors) {
  auto workspace = load_or_explain(command.workspace, errors);
  if (!workspace) return 1;
  LineFile triggers, decisions;
  for (auto [file, path] : {std::pair{&triggers, &command.triggers_file},
                            std::pair{&decisions, &command.decisions_file}}) {
    if (!path->empty() && !file->open(*path)) {
      errors << "sapa: can't write " << *path << "\n";
      return 1;
    }
  }
  BacktestOptions options;
  options.threads = command.threads;
  options.cache_bytes = parse_bytes(command.memory);
  options.triggers = triggers.is_open();
  options.decisions = decisions.is_open();
  uint64_t refused = 0;
  Backtest backtest(
      workspace, options,
      [&](const OutputRecord& record) -> Status {
        LineFile& file = record.stream == Stream::kTriggers ? triggers : decisions;
        if (file.write(record.value)) return {};
        return environment_error("can't write the outputs: the disk may be full", false);
      },
      [&](int32_t partition, int64_t offset, std::string_view reason) {
        if (++refused > kRefusalsShown) return;
        std::string which = command.files.empty()
                                ? fmt::format("partition {}, offset {}", partition, offset)
                                : fmt::format("event {}", offset + 1);
        errors << "sapa: " << which << " is refused: " << reason << "\n";
      });
  auto start = std::chrono::steady_clock::now();
  Status fed = command.files.empty() ? feed_topic(command, backtest) : feed(command, backtest);
  // Also after a failure: what was read before it is told, wherever the threads happen to be.
  Status finished = backtest.finish();
  if (fed) fed = std::move(finished);
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (fed && (!triggers.flush() || !decisions.flush())) {
    fed = environment_error("can't write the outputs: the disk may be full", false);
  }
  if (!fed) {
    errors << "sapa: " << fed.error().message << "\n";
    return fed.error().fault == Fault::kUser && command.files.empty() ? 2 : 1;
  }
  if (refused > kRefusalsShown) {
    errors << "sapa: and " << refused - kRefusalsShown << " more events are refused\n";
  }
  const BacktestReport& report = backtest.report();
  // Where the outputs go to standard output, the report must not stand among them.
  bool mixed = command.triggers_file == "-" || command.decisions_file == "-";
  std::ostream& report_out = mixed ? errors : out;
  if (command.json) {
    print_json(*workspace, report, took.count(), report_out);
  } else {
    print_table(*workspace, report, took.count(), command.hours, report_out);
  }
  return 0;
}

void add_backtest(CLI::App& app, int& exit_code) {
  auto command = std::make_shared<BacktestCommand>();
  CLI::App* sub = app.add_subcommand("backtest", "Run history through a workspace");
  sub->add_option("--workspace,-w", command->workspace, "Folder of the workspace")->required();
  sub->add_option("--events,-e,events", command->files,
                  "Events, one JSON object a line; plain or gzip; - is standard input");
  sub->add_option("--bootstrap-servers", command->bootstrap_servers,
                  "Read a Kafka topic instead, all of it or a range");
  sub->add_option("--input", command->input, "The topic");
  sub->add_option("--from", command->from, "Records from this time on (RFC 3339)");
  sub->add_option("--to", command->to, "Records before this time");
  sub->add_option("--kafka", command->kafka, "An option of librdkafka, NAME=VALUE")
      ->allow_extra_args(false);
  sub->add_option("--triggers", command->triggers_file, "Write the triggers here, as JSON lines");
  sub->add_option("--decisions", command->decisions_file,
                  "Write every decision here, as JSON lines");
  sub->add_option("--memory", command->memory, "Memory for hot customers")
      ->capture_default_str()
      ->check([](const std::string& text) {
        return parse_bytes(text) > 0 ? "" : "'" + text + "' is no size; write 512M or 2G";
      });
  sub->add_option("--threads", command->threads,
                  "Threads that share the work; the results are the same with any number")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  sub->add_flag("--json", command->json, "Print the report as JSON");
  sub->add_flag("--hours", command->hours, "Also print what fired in each hour");
  sub->footer(
      "The events' own times are the only clock, so the same events give the same triggers.\n"
      "\n"
      "Examples:\n"
      "  sapa backtest --workspace deploy/workspaces/shop --events events.ndjson\n"
      "  sapa backtest -w my-shop -e january.ndjson.gz --triggers triggers.ndjson --json\n"
      "  sapa backtest -w my-shop -e january.ndjson --threads 1\n"
      "  sapa backtest -w my-shop --bootstrap-servers kafka:9092 --input events --from 2026-03-01\n"
      "  zcat events.gz | sapa backtest -w my-shop -e - --decisions decisions.ndjson");
  sub->callback([command, sub, &exit_code] {
    bool topic = !command->bootstrap_servers.empty() && !command->input.empty();
    if (topic == !command->files.empty()) {
      std::cerr << "sapa: say which events: --events FILE…, or --bootstrap-servers and --input\n\n"
                << sub->help();
      exit_code = 2;
      return;
    }
    exit_code = run_backtest(*command, std::cout, std::cerr);
  });
}

}  // namespace sapa
