// What does Kafka itself cost the engine? CPU per record read and per record written in an epoch,
// how long transactions take, and how fast a shard gets its state back. Against a real broker:
//
//   kafka_benchmark BOOTSTRAP_SERVERS [RECORDS [NAME=VALUE...]]      (options of librdkafka)
//
// Expected on one core of a small machine: well below 1 µs of CPU per record read, about 1 µs per
// record written, a few ms of CPU and 10 to 20 ms of time per small transaction, more than 100 MB/s
// restored.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "connectors/kafka/connection.h"
#include "connectors/kafka/publisher.h"
#include "connectors/kafka/topics.h"

namespace sapa::kafka {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int32_t kPartitions = 4;
constexpr size_t kEventBytes = 400;
constexpr size_t kStateBytes = 500;

[[noreturn]] void stop(const Error& error) {
  std::fprintf(stderr, "error: %s\n", error.message.c_str());
  std::exit(1);
}

double cpu_seconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

class Span {
 public:
  double wall() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  double cpu() const { return cpu_seconds() - cpu_; }

 private:
  Clock::time_point start_ = Clock::now();
  double cpu_ = cpu_seconds();
};

struct Counter : InputHandler {
  explicit Counter(Connection& reads_from) : connection(reads_from) {}
  void on_items(std::span<const InputItem> items) override {
    for (const InputItem& item : items) {
      if (item.kind == InputItem::Kind::kRecord) ++records;
    }
  }
  void on_assigned(std::span<const Assignment> assignments) override {
    for (const Assignment& assignment : assignments) {
      connection.start_reading(assignment.partition);
    }
  }
  void on_revoked() override {}
  void on_lost() override {}
  Connection& connection;
  int64_t records = 0;
};

struct Sink : StateSink {
  Status put_customer(std::string_view id, std::string_view value, int64_t) override {
    bytes += id.size() + value.size();
    return {};
  }
  Status put_meta(std::string_view, int64_t) override { return {}; }
  size_t bytes = 0;
};

void measure_publishing(const KafkaConfig& config, int64_t records) {
  KafkaPublisher::Options options;
  options.bootstrap_servers = config.bootstrap_servers;
  options.topic = config.topics.input;
  auto publisher = KafkaPublisher::open(options);
  if (!publisher) stop(publisher.error());
  const std::string value(kEventBytes, 'x');
  Span span;
  for (int64_t i = 0; i < records; ++i) {
    Status status = (*publisher)->publish("c" + std::to_string(i % 100'000), value, Timestamp{0});
    if (!status) stop(status.error());
    if (i % 512 == 0) (*publisher)->serve();
  }
  if (Status status = (*publisher)->flush(minutes(5)); !status) stop(status.error());
  std::printf("publish    %9.0f records/s  %6.3f us CPU/record\n",
              static_cast<double>(records) / span.wall(),
              span.cpu() * 1e6 / static_cast<double>(records));
}

void measure_reading(KafkaConnection& connection, int64_t records) {
  Counter counter(connection);
  while (counter.records == 0) {
    if (Status status = connection.poll(milliseconds(100), counter); !status) stop(status.error());
  }
  const int64_t before = counter.records;
  Span span;
  while (counter.records < records) {
    if (Status status = connection.poll(milliseconds(100), counter); !status) stop(status.error());
  }
  const auto count = static_cast<double>(counter.records - before);
  std::printf("read       %9.0f records/s  %6.3f us CPU/record\n", count / span.wall(),
              span.cpu() * 1e6 / count);
}

std::unique_ptr<Epoch> make_epoch(size_t outputs, size_t changes) {
  auto epoch = std::make_unique<Epoch>();
  const std::string value(kEventBytes, 'y'), state(kStateBytes, 'z');
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    ShardEpoch& shard = epoch->shards.emplace_back();
    shard.partition = partition;
    shard.next_offset = 0;
    shard.meta = "meta";
    for (size_t i = 0; i < outputs / kPartitions; ++i) {
      OutputRecord& output = shard.outputs.emplace_back();
      output.key = epoch->bytes.copy("c" + std::to_string(i));
      output.value = epoch->bytes.copy(value);
    }
    for (size_t i = 0; i < changes / kPartitions; ++i) {
      CustomerChange& change = shard.changes.emplace_back();
      change.customer_id = epoch->bytes.copy("c" + std::to_string(i));
      change.bytes = epoch->bytes.copy(state);
    }
  }
  return epoch;
}

void measure_commits(KafkaConnection& connection, const char* name, size_t outputs, size_t changes,
                     int times) {
  auto epoch = make_epoch(outputs, changes);
  std::vector<double> took;
  Span all;
  for (int i = 0; i < times; ++i) {
    Span one;
    if (Status status = connection.commit(*epoch); !status) stop(status.error());
    took.push_back(one.wall() * 1e3);
  }
  const double cpu = all.cpu();
  std::sort(took.begin(), took.end());
  const auto records = static_cast<double>(outputs + changes + kPartitions);
  std::printf(
      "commit %-12s %6zu triggers %6zu changes: p50 %6.1f ms  p99 %6.1f ms  %6.2f ms CPU"
      "  %6.3f us CPU/record\n",
      name, outputs, changes, took[took.size() / 2], took[took.size() * 99 / 100],
      cpu * 1e3 / times, cpu * 1e6 / times / records);
}

void measure_all_commits(const KafkaConfig& config, const char* name) {
  auto connection = KafkaConnection::open(config, 0);
  if (!connection) stop(connection.error());
  struct Ready : Counter {
    using Counter::Counter;
    void on_assigned(std::span<const Assignment>) override { assigned = true; }
    bool assigned = false;
  } ready(**connection);
  while (!ready.assigned) {
    if (Status status = (*connection)->poll(milliseconds(50), ready); !status) stop(status.error());
  }
  measure_commits(**connection, name, 0, 0, 50);
  measure_commits(**connection, name, 8, 8, 200);
  measure_commits(**connection, name, 200, 800, 100);
  measure_commits(**connection, name, 4'000, 16'000, 20);
  measure_commits(**connection, name, 20'000, 0, 10);
  measure_commits(**connection, name, 0, 20'000, 10);
  measure_commits(**connection, name, 40'000, 160'000, 5);
}

void measure_restoring(KafkaConnection& connection) {
  Sink sink;
  RestoreProgress progress;
  Span span;
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    if (Status status = connection.restore(partition, -1, sink, progress, {}); !status)
      stop(status.error());
  }
  const double megabytes = static_cast<double>(sink.bytes) / 1e6;
  std::printf("restore    %9.1f MB at %.0f MB/s, %.2f s CPU\n", megabytes, megabytes / span.wall(),
              span.cpu());
}

int run(const char* servers, int64_t records, std::span<char*> options) {
  KafkaConfig config;
  for (const char* option : options) {
    if (Status status = add_option(option, config.options); !status) stop(status.error());
  }
  config.bootstrap_servers = servers;
  const std::string name = "benchmark-" + std::to_string(getpid()) + "-" +
                           std::to_string(Clock::now().time_since_epoch().count());
  config.group = name;
  config.topics.input = name + "-in";
  config.topics.triggers = name + "-out";
  config.topics.fill_defaults(name);
  config.partitions = kPartitions;
  if (Status status = check_config(config); !status) stop(status.error());
  if (Status status = ensure_topics(config); !status) stop(status.error());
  measure_publishing(config, records);
  {
    auto connection = KafkaConnection::open(config, 0);
    if (!connection) stop(connection.error());
    measure_reading(**connection, records);
  }
  measure_all_commits(config, "exactly_once");
  config.delivery = Delivery::kAtLeastOnce;
  measure_all_commits(config, "at_least_once");
  auto connection = KafkaConnection::open(config, 0);
  if (!connection) stop(connection.error());
  measure_restoring(**connection);
  return 0;
}

}  // namespace
}  // namespace sapa::kafka

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: kafka_benchmark BOOTSTRAP_SERVERS [RECORDS [NAME=VALUE...]]\n");
    return 2;
  }
  const std::span<char*> arguments(argv, static_cast<size_t>(argc));
  return sapa::kafka::run(argv[1], argc > 2 ? std::atoll(argv[2]) : 1'000'000,
                          arguments.subspan(std::min<size_t>(3, arguments.size())));
}
