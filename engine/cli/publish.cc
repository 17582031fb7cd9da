#include "engine/cli/publish.h"

#include <chrono>
#include <iomanip>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>

#include <simdjson.h>
#include <unistd.h>

#include "connectors/kafka/config.h"
#include "engine/base/time.h"
#include "engine/cli/line_reader.h"
#include "engine/cli/publish_target.h"

namespace sapa {
namespace {

using Clock = std::chrono::steady_clock;
constexpr uint64_t kShownErrors = 20;
constexpr uint64_t kServeEvery = 512;
constexpr auto kProgressEvery = std::chrono::milliseconds(200);
static_assert(LineReader::kPadding >= simdjson::SIMDJSON_PADDING);

/// What publishing needs to know of an event.
struct Addressed {
  std::string_view key;
  Timestamp time;  ///< 0 if it has none
};

class EventReader {
 public:
  Result<Addressed> read(std::string_view line) {
    simdjson::dom::element document;
    if (auto code = parser_.parse(line.data(), line.size(), false).get(document)) {
      return user_error(std::string("not JSON: ") + simdjson::error_message(code));
    }
    simdjson::dom::object object;
    if (document.get(object)) return user_error("not a JSON object");
    // A CloudEvent has the event inside.
    simdjson::dom::object inside;
    if (!object["specversion"].error() && !object["data"].get(inside)) object = inside;
    Addressed event;
    if (!take_string(object, "userId", event.key)) return user_error("userId is not a text");
    if (event.key.empty() && !take_string(object, "anonymousId", event.key)) {
      return user_error("anonymousId is not a text");
    }
    if (event.key.empty()) return user_error("neither userId nor anonymousId");
    std::string_view time;
    if (!take_string(object, "timestamp", time) ||
        (!time.empty() && !parse_rfc3339(time, event.time))) {
      return user_error("timestamp is not of the form 2026-03-01T02:13:05.120Z");
    }
    return event;
  }

 private:
  /// False if it is there and no string.
  static bool take_string(simdjson::dom::object object, const char* name, std::string_view& out) {
    simdjson::dom::element element;
    if (object[name].get(element) || element.is_null()) return true;
    return !element.get(out);
  }

  simdjson::dom::parser parser_;
};

class Pace {
 public:
  explicit Pace(const PublishOptions& options) : rate_(options.rate), speed_(options.speed) {}

  /// When the next record is due; nothing if there is no need to wait.
  std::optional<Clock::time_point> due(Timestamp time) {
    double seconds;
    if (rate_ > 0) {
      seconds = static_cast<double>(count_++) / rate_;
    } else if (speed_ > 0 && time.ms != 0) {
      if (!first_) first_ = time;
      seconds = static_cast<double>((time - *first_).ms) / 1000 / speed_;
    } else {
      return std::nullopt;
    }
    return start_ +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  }

 private:
  const double rate_, speed_;
  const Clock::time_point start_ = Clock::now();
  uint64_t count_ = 0;
  std::optional<Timestamp> first_;
};

class Publishing {
 public:
  Publishing(const PublishOptions& options, PublishTarget& target, std::ostream& out,
             std::ostream& errors)
      : options_(options), target_(target), out_(out), errors_(errors), pace_(options) {}

  int run() {
    for (const std::string& file : options_.files) {
      auto reader = LineReader::open(file);
      Status status = reader ? publish_lines(*reader) : Status(reader.error());
      if (status) continue;
      end_progress();
      errors_ << "error: " << status.error().message << "\n";
      (void)target_.flush(seconds(10));  // what was taken before may as well arrive
      return status.error().fault == Fault::kUser ? 2 : 1;
    }
    Status status = target_.flush(minutes(5));
    end_progress();
    if (!status) errors_ << "error: " << status.error().message << "\n";
    summarize();
    return status && refused_ == 0 ? 0 : 1;
  }

 private:
  Status publish_lines(LineReader& reader) {
    std::string_view line;
    while (true) {
      auto more = reader.next(line);
      if (!more) return more.error();
      if (!*more) return {};
      if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
      auto event = events_.read(line);
      if (!event) {
        refuse(reader, event.error());
        continue;
      }
      wait_for(event->time);
      if (Status status = target_.publish(event->key, line, event->time); !status) return status;
      ++records_;
      bytes_ += line.size();
      if (records_ % kServeEvery == 0) {
        target_.serve();
        show_progress();
        // Whatever is wrong will not get better with the next million.
        if (target_.failed() > 0) return target_.flush(seconds(10));
      }
    }
  }

  void wait_for(Timestamp time) {
    const auto due = pace_.due(time);
    if (!due) return;
    while (Clock::now() < *due) {
      target_.serve();
      show_progress();
      std::this_thread::sleep_until(std::min(*due, Clock::now() + kProgressEvery));
    }
  }

  void refuse(const LineReader& reader, const Error& error) {
    if (++refused_ > kShownErrors) return;
    end_progress();
    errors_ << reader.name() << ":" << reader.line_number() << ": error: " << error.message << "\n";
    if (refused_ == kShownErrors) errors_ << "(further errors are only counted)\n";
  }

  double elapsed() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  void show_progress() {
    if (!options_.progress || Clock::now() < next_progress_) return;
    next_progress_ = Clock::now() + kProgressEvery;
    progress_shown_ = true;
    errors_ << "\r" << records_ << " records, " << std::fixed << std::setprecision(1)
            << static_cast<double>(bytes_) / 1e6 << " MB, "
            << static_cast<uint64_t>(static_cast<double>(records_) / elapsed()) << "/s\x1b[K"
            << std::flush;
  }

  void end_progress() {
    if (progress_shown_) errors_ << "\r\x1b[K" << std::flush;
    progress_shown_ = false;
  }

  void summarize() {
    const double took = elapsed();
    out_ << "published " << target_.delivered() << " records, " << std::fixed
         << std::setprecision(1) << static_cast<double>(bytes_) / 1e6 << " MB, to "
         << (options_.url.empty() ? options_.topic : options_.url) << " in " << std::setprecision(2)
         << took << " s ("
         << static_cast<uint64_t>(static_cast<double>(records_) / std::max(took, 1e-3))
         << " records/s)\n";
    if (refused_ > 0) out_ << refused_ << " lines refused\n";
  }

  const PublishOptions& options_;
  PublishTarget& target_;
  std::ostream& out_;
  std::ostream& errors_;
  Pace pace_;
  EventReader events_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point next_progress_ = start_ + kProgressEvery;
  bool progress_shown_ = false;
  uint64_t records_ = 0, bytes_ = 0, refused_ = 0;
};

}  // namespace

int run_publish(const PublishOptions& options, std::ostream& out, std::ostream& errors) {
  auto target = open_publish_target(options);
  if (!target) {
    errors << "error: " << target.error().message << "\n";
    return target.error().fault == Fault::kUser ? 2 : 1;
  }
  return Publishing(options, **target, out, errors).run();
}

void add_publish(CLI::App& app, int& exit_code) {
  struct Arguments {
    PublishOptions options;
    std::vector<std::string> kafka_options;
  };
  auto arguments = std::make_shared<Arguments>();
  PublishOptions& options = arguments->options;
  CLI::App* command = app.add_subcommand(
      "publish", "Put events from files on a Kafka topic, or into the embedded log");
  command->add_option("FILE", options.files, "NDJSON, plain or gzip; - is standard input")
      ->required();
  command->add_option("--bootstrap-servers", options.bootstrap_servers, "Kafka, HOST:PORT,…")
      ->envname("SAPA_BOOTSTRAP_SERVERS");
  command->add_option("--topic", options.topic, "The topic to write to")->envname("SAPA_INPUT");
  command->add_option("--url", options.url,
                      "A running engine on the embedded log instead, http://HOST:PORT, or "
                      "http://WRITEKEY@HOST:PORT");
  auto* rate =
      command->add_option("--rate", options.rate, "Records per second")->check(CLI::PositiveNumber);
  command
      ->add_option("--speed", options.speed,
                   "In the events' own time, this many times as fast (1: as it happened)")
      ->check(CLI::PositiveNumber)
      ->excludes(rate);
  command->add_option("-X", arguments->kafka_options, "An option of librdkafka, NAME=VALUE")
      ->allow_extra_args(false);
  command->footer(
      "Examples:\n"
      "  sapa publish --bootstrap-servers localhost:9092 --topic events events.ndjson.gz\n"
      "  zcat day.gz | sapa publish --bootstrap-servers localhost:9092 --topic events --speed 60 "
      "-");
  command->callback([arguments, command, &exit_code] {
    const PublishOptions& given = arguments->options;
    if (given.url.empty() && (given.bootstrap_servers.empty() || given.topic.empty())) {
      std::cerr << "error: say where to: --bootstrap-servers and --topic, or --url\n\n"
                << command->help();
      exit_code = 2;
      return;
    }
    for (const std::string& text : arguments->kafka_options) {
      Status status = kafka::add_option(text, arguments->options.kafka_options);
      if (status) continue;
      std::cerr << "error: -X " << status.error().message << "\n";
      exit_code = 2;
      return;
    }
    arguments->options.progress = isatty(STDERR_FILENO) != 0;
    exit_code = run_publish(arguments->options, std::cout, std::cerr);
  });
}

}  // namespace sapa
