// Makes large state out of small: reads the customers of one changelog topic and writes each of
// them many times, under ids of their own, into another one, so that restoring and restarting can
// be measured at any size without working billions of events.
#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "benchmarks/end_to_end/kafka_client.h"

namespace {

using sapa::bench::make_client;

/// The latest record of each customer, from all partitions.
std::map<std::string, std::string> read_customers(const std::string& servers,
                                                  const std::string& topic, int partitions) {
  rd_kafka_t* client = make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", servers},
                                                       {"group.id", "changelog-copies"},
                                                       {"isolation.level", "read_committed"},
                                                       {"enable.partition.eof", "true"}});
  rd_kafka_poll_set_consumer(client);
  auto* list = rd_kafka_topic_partition_list_new(partitions);
  for (int p = 0; p < partitions; ++p) {
    rd_kafka_topic_partition_list_add(list, topic.c_str(), p)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_assign(client, list);
  rd_kafka_topic_partition_list_destroy(list);
  std::map<std::string, std::string> customers;
  for (int ended = 0; ended < partitions;) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client, 1000);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ++ended;
    } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      std::string key(static_cast<const char*>(message->key), message->key_len);
      if (key.starts_with("c") && message->len > 0) {
        customers[key].assign(static_cast<const char*>(message->payload), message->len);
      }
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_consumer_close(client);
  rd_kafka_destroy(client);
  return customers;
}

void write(rd_kafka_t* producer, const std::string& topic, int partition, std::string_view key,
           std::string_view value) {
  while (true) {
    rd_kafka_resp_err_t code =
        rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()),
                          RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_KEY(key.data(), key.size()),
                          RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) throw std::runtime_error(rd_kafka_err2str(code));
    rd_kafka_poll(producer, 10);
  }
}

/// Where an event of a record's customer comes in; the record's key is "c" and their id.
int partition_of(std::string_view key, int partitions) {
  std::string_view id = key.substr(1);
  return rd_kafka_msg_partitioner_murmur2(nullptr, id.data(), id.size(), partitions, nullptr,
                                          nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  std::string servers = "127.0.0.1:9092", from, to;
  int from_partitions = 4, to_partitions = 1;
  uint64_t megabytes = 100;
  CLI::App app("Multiplies the customers of a changelog topic into another one");
  app.add_option("--bootstrap-servers", servers, "Kafka")->capture_default_str();
  app.add_option("--from", from, "A changelog topic that an engine has written")->required();
  app.add_option("--from-partitions", from_partitions)->capture_default_str();
  app.add_option("--to", to, "The topic to fill; it exists")->required();
  app.add_option("--to-partitions", to_partitions)->capture_default_str();
  app.add_option("--megabytes", megabytes, "Of keys and values, in all")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    auto customers = read_customers(servers, from, from_partitions);
    if (customers.empty()) throw std::runtime_error(from + " holds no customers");
    rd_kafka_t* producer =
        make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", servers},
                                        {"linger.ms", "50"},
                                        {"batch.size", "1000000"},
                                        {"queue.buffering.max.messages", "500000"}});
    // The shard's own state ends each epoch (engine/runtime/shard.cc): version 1, clock 0, input
    // offset 0.
    const auto end_epoch = [&] {
      for (int p = 0; p < to_partitions; ++p) write(producer, to, p, "m", {"\1\0\0", 3});
    };
    constexpr uint64_t kEpoch = 20'000;
    uint64_t bytes = 0, count = 0;
    for (int copy = 0; bytes < megabytes * 1'000'000; ++copy) {
      for (const auto& [key, value] : customers) {
        std::string id = key + "-" + std::to_string(copy);
        write(producer, to, partition_of(id, to_partitions), id, value);
        ++count;
        bytes += id.size() + value.size();
        if (count % (kEpoch * static_cast<uint64_t>(to_partitions)) == 0) end_epoch();
        if (bytes >= megabytes * 1'000'000) break;
      }
    }
    end_epoch();
    rd_kafka_flush(producer, 60'000);
    rd_kafka_destroy(producer);
    fmt::print(R"({{"customers":{},"bytes":{}}})"
               "\n",
               count, bytes);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
