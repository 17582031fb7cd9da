// The limit: what reading a topic costs when nothing is done with it. One librdkafka consumer with
// its defaults takes all of a topic's records in batches, from the first to the present last, and
// prints how many there were and how long it took as JSON. Its CPU time is taken by whoever starts
// it, as that of the engines is.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "benchmarks/end_to_end/kafka_client.h"

namespace {

using sapa::bench::make_client;
constexpr int kTimeoutMs = 15'000;
constexpr size_t kBatch = 1000;

void check(rd_kafka_resp_err_t code) {
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(code));
}

int partitions_of(rd_kafka_t* client, const std::string& name) {
  rd_kafka_topic_t* topic = rd_kafka_topic_new(client, name.c_str(), nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  auto code = rd_kafka_metadata(client, 0, topic, &metadata, kTimeoutMs);
  rd_kafka_topic_destroy(topic);
  check(code);
  int count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
  rd_kafka_metadata_destroy(metadata);
  if (count == 0) throw std::runtime_error("there is no topic " + name);
  return count;
}

/// Starts reading every partition at its beginning; gives how many records there are.
int64_t assign_all(rd_kafka_t* client, const std::string& topic) {
  int partitions = partitions_of(client, topic);
  int64_t records = 0;
  auto* list = rd_kafka_topic_partition_list_new(partitions);
  for (int p = 0; p < partitions; ++p) {
    int64_t first = 0, end = 0;
    check(rd_kafka_query_watermark_offsets(client, topic.c_str(), p, &first, &end, kTimeoutMs));
    records += end - first;
    rd_kafka_topic_partition_list_add(list, topic.c_str(), p)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  auto code = rd_kafka_assign(client, list);
  rd_kafka_topic_partition_list_destroy(list);
  check(code);
  return records;
}

struct Read {
  int64_t records = 0, bytes = 0;
};

Read read_all(rd_kafka_t* client, int64_t expected) {
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(client);
  std::vector<rd_kafka_message_t*> batch(kBatch);
  Read read;
  while (read.records < expected) {
    ssize_t count = rd_kafka_consume_batch_queue(queue, 1000, batch.data(), batch.size());
    if (count < 0) check(rd_kafka_last_error());
    for (ssize_t i = 0; i < count; ++i) {
      rd_kafka_message_t* message = batch[static_cast<size_t>(i)];
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        read.records += 1;
        read.bytes += static_cast<int64_t>(message->key_len + message->len);
      }
      rd_kafka_message_destroy(message);
    }
  }
  rd_kafka_queue_destroy(queue);
  return read;
}

}  // namespace

int main(int argc, char** argv) {
  std::string servers = "127.0.0.1:9092", topic;
  CLI::App app("Reads a topic with librdkafka and does nothing with it");
  app.add_option("--bootstrap-servers", servers, "Kafka")->capture_default_str();
  app.add_option("--topic", topic, "The topic; its offsets must have no gaps")->required();
  app.footer("Example:\n  raw_consume --bootstrap-servers 127.0.0.1:9092 --topic events");
  CLI11_PARSE(app, argc, argv);
  try {
    auto start = std::chrono::steady_clock::now();
    rd_kafka_t* client = make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", servers},
                                                         {"group.id", "raw-consume"},
                                                         {"enable.auto.commit", "false"}});
    rd_kafka_poll_set_consumer(client);
    Read read = read_all(client, assign_all(client, topic));
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
    fmt::print(R"({{"events":{},"bytes":{},"seconds":{:.3f}}})"
               "\n",
               read.records, read.bytes, took.count());
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "raw_consume: {}\n", error.what());
    return 1;
  }
}
