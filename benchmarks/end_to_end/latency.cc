// How long from an event to its trigger? Sends the reference workload's events at a fixed rate,
// open loop: an event's time runs from when it was due to be sent, so that a stall of the producer
// or the broker counts. Reads the triggers with read_committed in the same process, and prints the
// percentiles as JSON. Triggers of timers are left out. The engine runs beside it, on the same
// topics.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <simdjson.h>
#include <unistd.h>

#include "benchmarks/end_to_end/kafka_client.h"
#include "benchmarks/generator/stream.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string servers = "127.0.0.1:9092", input = "events", output = "triggers";
  double rate = 5000;
  int warmup_seconds = 20, seconds = 60;
  uint64_t customers = 20'000, seed = 1;
};

using sapa::bench::make_client;

/// Reads triggers until told to stop: when each came, by the id of the event that caused it.
class TriggerReader {
 public:
  struct Arrival {
    std::string message_id;
    Clock::time_point at;
  };

  explicit TriggerReader(const Options& options) {
    client_ = make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", options.servers},
                                              {"group.id", "latency-" + std::to_string(getpid())},
                                              {"isolation.level", "read_committed"},
                                              {"auto.offset.reset", "latest"},
                                              {"fetch.wait.max.ms", "10"},
                                              {"socket.nagle.disable", "true"},
                                              {"enable.auto.commit", "false"}});
    rd_kafka_poll_set_consumer(client_);
    auto* topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, options.output.c_str(), RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(client_, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    thread_ = std::thread([this] { run(); });
  }
  ~TriggerReader() {
    stop();
    rd_kafka_consumer_close(client_);
    rd_kafka_destroy(client_);
  }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  bool has_partitions() const {
    rd_kafka_topic_partition_list_t* held = nullptr;
    bool any = rd_kafka_assignment(client_, &held) == RD_KAFKA_RESP_ERR_NO_ERROR && held->cnt > 0;
    if (held != nullptr) rd_kafka_topic_partition_list_destroy(held);
    return any;
  }
  const std::vector<Arrival>& arrivals() const { return arrivals_; }

 private:
  void run() {
    simdjson::dom::parser parser;
    while (!stopping_) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(client_, 50);
      if (message == nullptr) continue;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) take(parser, *message);
      rd_kafka_message_destroy(message);
    }
  }
  void take(simdjson::dom::parser& parser, const rd_kafka_message_t& message) {
    auto now = Clock::now();
    simdjson::dom::element trigger;
    std::string_view campaign, id;
    if (parser.parse(static_cast<const char*>(message.payload), message.len).get(trigger)) return;
    if (trigger["campaign"].get(campaign) || trigger["sourceMessageId"].get(id)) return;
    if (campaign != "cart-abandonment") arrivals_.push_back({std::string(id), now});
  }

  rd_kafka_t* client_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  std::vector<Arrival> arrivals_;  // of the thread until stop()
};

std::string message_id_of(std::string_view json) {
  constexpr std::string_view kName = "\"messageId\":\"";
  size_t at = json.find(kName) + kName.size();
  return std::string(json.substr(at, json.find('"', at) - at));
}

/// Sends on time; gives when each counted event was due.
std::unordered_map<std::string, Clock::time_point> send(const Options& options) {
  std::unordered_map<std::string, Clock::time_point> due_at;
  rd_kafka_t* producer = make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", options.servers},
                                                         // As librdkafka's and Java's default.
                                                         {"linger.ms", "5"},
                                                         // As Java's default: what can't be sent
                                                         // yet gathers into batches.
                                                         {"max.in.flight", "5"},
                                                         {"socket.nagle.disable", "true"},
                                                         {"partitioner", "murmur2_random"},
                                                         {"acks", "all"}});
  sapa::shop::StreamOptions stream_options;
  stream_options.events =
      static_cast<uint64_t>(options.rate * (options.warmup_seconds + options.seconds));
  stream_options.customers = options.customers;
  stream_options.seed = options.seed;
  sapa::shop::Stream stream(stream_options);
  auto start = Clock::now();
  auto counted_from = start + std::chrono::seconds(options.warmup_seconds);
  for (uint64_t i = 0;; ++i) {
    auto event = stream.next();
    if (!event) break;
    auto due = start + std::chrono::duration_cast<Clock::duration>(
                           std::chrono::duration<double>(static_cast<double>(i) / options.rate));
    std::this_thread::sleep_until(due);
    if (due >= counted_from) due_at[message_id_of(event->json)] = due;
    while (rd_kafka_producev(
               producer, RD_KAFKA_V_TOPIC(options.input.c_str()),
               RD_KAFKA_V_KEY(event->user_id.data(), event->user_id.size()),
               RD_KAFKA_V_VALUE(const_cast<char*>(event->json.data()), event->json.size()),
               RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_TIMESTAMP(event->time_ms),
               RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(producer, 1);
    }
    rd_kafka_poll(producer, 0);
  }
  rd_kafka_flush(producer, 10'000);
  rd_kafka_destroy(producer);
  return due_at;
}

int report(const Options& options, const std::vector<double>& sorted_ms) {
  if (sorted_ms.empty()) {
    fmt::print(stderr, "no trigger came: is the engine running on {} and {}?\n", options.input,
               options.output);
    return 1;
  }
  auto percentile = [&](double share) {
    auto index = static_cast<size_t>(share * static_cast<double>(sorted_ms.size()));
    return sorted_ms[std::min(index, sorted_ms.size() - 1)];
  };
  fmt::print(R"({{"rate":{},"seconds":{},"triggers":{},"p50_ms":{:.1f},"p99_ms":{:.1f},)"
             R"("p999_ms":{:.1f},"max_ms":{:.1f}}})"
             "\n",
             options.rate, options.seconds, sorted_ms.size(), percentile(0.5), percentile(0.99),
             percentile(0.999), sorted_ms.back());
  return 0;
}

int run(const Options& options) {
  TriggerReader reader(options);
  for (int i = 0; i < 300 && !reader.has_partitions(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));  // until it stands at the end
  auto due_at = send(options);
  std::this_thread::sleep_for(std::chrono::seconds(3));
  reader.stop();
  std::vector<double> latencies;
  for (const auto& [id, at] : reader.arrivals()) {
    auto due = due_at.find(id);
    if (due == due_at.end()) continue;
    latencies.push_back(std::chrono::duration<double, std::milli>(at - due->second).count());
  }
  std::sort(latencies.begin(), latencies.end());
  return report(options, latencies);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Latency from event to trigger on the reference workload, at a fixed rate");
  app.add_option("--bootstrap-servers", options.servers, "Kafka")->capture_default_str();
  app.add_option("--input", options.input, "Topic of the events")->capture_default_str();
  app.add_option("--output", options.output, "Topic of the triggers")->capture_default_str();
  app.add_option("--rate", options.rate, "Events per second")->capture_default_str();
  app.add_option("--warmup", options.warmup_seconds, "Seconds not counted")->capture_default_str();
  app.add_option("--seconds", options.seconds, "Seconds counted")->capture_default_str();
  app.add_option("--customers", options.customers, "Customers")->capture_default_str();
  app.footer("Example:\n  shop_latency --bootstrap-servers 127.0.0.1:9092 --input events");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
