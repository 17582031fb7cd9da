// shop_generator: writes the events of the reference workload `shop` as NDJSON.

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "benchmarks/generator/line_file.h"
#include "benchmarks/generator/partition.h"
#include "benchmarks/generator/stream.h"

namespace sapa::shop {
namespace {

constexpr const char* kDescription =
    "Writes the events of the reference workload `shop` as NDJSON: for a seed the same bytes on\n"
    "every machine.";
constexpr const char* kExamples =
    "Examples:\n"
    "  shop_generator --events 100000 --customers 5000 --span 72h --out small.ndjson\n"
    "  shop_generator --events 2000000 --customers 200000 --partitions 4 --out medium.ndjson.gz\n"
    "  shop_generator --events 10 | head -n 1";

/// "3h", "90m", "30s", "500ms", "2d" in milliseconds; a user error for anything else.
Result<int64_t> parse_span(const std::string& text) {
  struct Unit {
    std::string_view name;
    int64_t ms;
  };
  constexpr Unit kUnits[] = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  size_t digits = 0;
  int64_t number = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && digits < 12) {
    number = number * 10 + (text[digits++] - '0');
  }
  for (const Unit& unit : kUnits) {
    if (digits > 0 && std::string_view(text).substr(digits) == unit.name) return number * unit.ms;
  }
  return user_error(
      fmt::format("--span: a number and ms, s, m, h or d, such as 3h; not '{}'", text));
}

/// Shows how far we are, on a terminal only.
class Progress {
 public:
  explicit Progress(uint64_t total) : total_(total), shown_(::isatty(STDERR_FILENO) != 0) {}
  ~Progress() {
    if (shown_) fmt::print(stderr, "\r\x1b[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance() {
    if (++done_ % 65536 == 0 && shown_) {
      fmt::print(stderr, "\r{} of {} events ({} %)", done_, total_, done_ * 100 / total_);
    }
  }

 private:
  uint64_t total_;
  uint64_t done_ = 0;
  bool shown_;
};

/// What a topic with so many partitions would hold.
class PartitionReport {
 public:
  PartitionReport(uint32_t partitions, uint64_t customers)
      : partitions_(partitions), seen_(partitions ? customers + 1 : 0) {}

  void count(const StreamEvent& event) {
    if (partitions_.empty()) return;
    Partition& partition =
        partitions_[partition_of(event.user_id, static_cast<uint32_t>(partitions_.size()))];
    ++partition.events;
    partition.last_ms = event.time_ms;
    const size_t number = std::stoull(std::string(event.user_id.substr(1)));
    if (!seen_[number]) ++partition.customers;
    seen_[number] = true;
  }

  void print() const {
    if (partitions_.empty()) return;
    uint64_t customers = 0;
    fmt::print(stderr, "partition     events  customers  last event (ms)\n");
    for (size_t i = 0; i < partitions_.size(); ++i) {
      fmt::print(stderr, "{:9} {:10} {:10}  {}\n", i, partitions_[i].events,
                 partitions_[i].customers, partitions_[i].last_ms);
      customers += partitions_[i].customers;
    }
    fmt::print(stderr, "{} customers occur\n", customers);
  }

 private:
  struct Partition {
    uint64_t events = 0;
    uint64_t customers = 0;
    int64_t last_ms = 0;
  };
  std::vector<Partition> partitions_;
  std::vector<bool> seen_;
};

Status generate(const StreamOptions& options, uint32_t partitions, const std::string& path) {
  auto file = LineFile::open(path);
  if (!file) return file.error();
  Stream stream(options);
  PartitionReport report(partitions, options.customers);
  {
    Progress progress(options.events);
    while (const auto event = stream.next()) {
      if (auto written = file->write(event->json); !written) return written;
      report.count(*event);
      progress.advance();
    }
  }
  if (auto closed = file->close(); !closed) return closed;
  report.print();
  return {};
}

int fail(const Error& error) {
  fmt::print(stderr, "shop_generator: {}\n", error.message);
  return error.fault == Fault::kUser ? 2 : 1;
}

int run(int argc, char** argv) {
  StreamOptions options;
  std::string span = "3h";
  std::string path = "-";
  uint32_t partitions = 0;
  CLI::App app(kDescription, "shop_generator");
  app.footer(kExamples);
  app.option_defaults()->always_capture_default();
  app.add_option("--events", options.events, "How many events");
  app.add_option("--customers", options.customers, "How many customers there are to draw from");
  app.add_option("--seed", options.seed, "Another seed, another stream");
  app.add_option("--span", span, "The time they span: a number and ms, s, m, h or d");
  app.add_option("--visits", options.visit_events,
                 "Events a customer makes on average before another comes; 1 as the workload says");
  app.add_option("--exponent", options.exponent,
                 "How unequal customers are (Zipf); 0.8 as the workload says");
  app.add_option("--padding", options.padding_bytes,
                 "Bytes of text that each event has in addition; none as the workload says");
  app.add_option("--partitions", partitions,
                 "Report what a topic with so many partitions would hold (0: no report)")
      ->check(CLI::Range(0, 100'000).description(""));
  app.add_option("--out", path, "The file, compressed if it ends in .gz; - is standard output");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  const auto span_ms = parse_span(span);
  if (!span_ms) return fail(span_ms.error());
  options.span_ms = *span_ms;
  if (const auto checked = check(options); !checked) return fail(checked.error());
  if (const auto done = generate(options, partitions, path); !done) return fail(done.error());
  return 0;
}

}  // namespace
}  // namespace sapa::shop

int main(int argc, char** argv) { return sapa::shop::run(argc, argv); }
