#include "tests/integration/kafka/support.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <stdexcept>

#include <unistd.h>

#include "connectors/kafka/client.h"
#include "connectors/kafka/message.h"
#include "connectors/kafka/reader.h"
#include "connectors/kafka/topics.h"

namespace sapa::kafka {
namespace {

void require(rd_kafka_error_t* error) {
  if (!error) return;
  std::string text = rd_kafka_error_string(error);
  rd_kafka_error_destroy(error);
  throw std::runtime_error(text);
}

SeenRecord seen(const rd_kafka_message_t& message) {
  SeenRecord record;
  record.partition = message.partition;
  record.offset = message.offset;
  const RawRecord raw = record_of(message);
  record.key = raw.key;
  record.value = raw.value;
  record.has_value = message.payload != nullptr;
  record.time_ms = raw.received.ms;
  std::vector<Header> headers;
  append_headers(message, headers);
  for (const Header& header : headers) record.headers.emplace(header.name, header.value);
  return record;
}

}  // namespace

int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string bootstrap_servers() {
  const char* servers = std::getenv("SAPA_TEST_BOOTSTRAP");
  if (!servers || !*servers) {
    throw std::runtime_error(
        "SAPA_TEST_BOOTSTRAP is not set: these tests need a real broker (deploy/broker start)");
  }
  return servers;
}

KafkaConfig fresh_names(int32_t partitions) {
  static std::atomic<int> count{0};
  const std::string name = "t" + std::to_string(wall_ms()) + "-" + std::to_string(getpid()) + "-" +
                           std::to_string(++count);
  KafkaConfig config;
  config.bootstrap_servers = bootstrap_servers();
  config.group = name + "-group";
  config.topics.input = name + "-in";
  config.topics.triggers = name + "-out";
  config.topics.fill_defaults(config.group);
  config.partitions = partitions;
  return config;
}

KafkaConfig fresh_config(int32_t partitions) {
  KafkaConfig config = fresh_names(partitions);
  if (Status status = ensure_topics(config); !status) {
    throw std::runtime_error(status.error().message);
  }
  return config;
}

std::unique_ptr<KafkaConnection> connect(const KafkaConfig& config, int worker) {
  auto connection = KafkaConnection::open(config, worker);
  if (!connection) throw std::runtime_error(connection.error().message);
  return std::move(*connection);
}

void Witness::on_items(std::span<const InputItem> items) {
  for (const InputItem& item : items) {
    if (item.kind == InputItem::Kind::kReadTo) {
      read_to[item.partition] = item.offset;
    } else if (item.kind == InputItem::Kind::kEnd) {
      ends[item.partition] = {item.offset, item.as_of.ms};
    } else {
      SeenRecord record;
      record.partition = item.partition;
      record.offset = item.offset;
      record.key = item.record.key;
      record.value = item.record.value;
      record.time_ms = item.record.received.ms;
      for (const Header& header : item.record.headers) {
        record.headers.emplace(header.name, header.value);
      }
      records.push_back(std::move(record));
    }
  }
}

void Witness::on_assigned(std::span<const Assignment> given) {
  ++assignments;
  assigned.clear();
  for (const Assignment& assignment : given)
    assigned[assignment.partition] = assignment.next_offset;
}

void poll_until(Connection& connection, InputHandler& handler, const std::function<bool()>& done,
                int seconds) {
  const int64_t deadline = wall_ms() + seconds * 1000;
  while (!done()) {
    if (wall_ms() > deadline)
      throw std::runtime_error("not in time; health: " + connection.health());
    Status status = connection.poll(milliseconds(50), handler);
    if (!status) throw std::runtime_error(status.error().message);
    for (int32_t partition = 0; partition < 64; ++partition) connection.start_reading(partition);
  }
}

void publish(const std::string& topic, int32_t partition, const std::string& key,
             const std::string& value, const std::map<std::string, std::string>& headers,
             int64_t time_ms) {
  static Client client = [] {
    auto made = make_client(RD_KAFKA_PRODUCER,
                            {{"bootstrap.servers", bootstrap_servers()}, {"linger.ms", "0"}}, {});
    if (!made) throw std::runtime_error(made.error().message);
    return std::move(*made);
  }();
  rd_kafka_headers_t* given = rd_kafka_headers_new(4);
  for (const auto& [name, text] : headers) {
    rd_kafka_header_add(given, name.c_str(), -1, text.data(), static_cast<ssize_t>(text.size()));
  }
  const rd_kafka_resp_err_t code =
      rd_kafka_producev(client.get(), RD_KAFKA_V_TOPIC(topic.c_str()),
                        RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_KEY(key.data(), key.size()),
                        RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_TIMESTAMP(time_ms),
                        RD_KAFKA_V_HEADERS(given), RD_KAFKA_V_END);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR ||
      rd_kafka_flush(client.get(), 10'000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error("cannot publish to " + topic);
  }
}

std::vector<SeenRecord> read_all(const KafkaConfig& config, const std::string& topic,
                                 bool committed) {
  auto reader = TopicReader::open(config, committed);
  if (!reader) throw std::runtime_error(reader.error().message);
  auto count = partition_count(reader->client(), topic, 10'000);
  if (!count) throw std::runtime_error(count.error().message);
  std::vector<ReadSpan> spans;
  for (int32_t partition = 0; partition < *count; ++partition) {
    std::vector<PartitionOffset> first{{partition, kFirstOffset}}, end{{partition, kEndOffset}};
    if (!query_offsets(reader->client(), topic, first, 10'000) ||
        !query_offsets(reader->client(), topic, end, 10'000)) {
      throw std::runtime_error("no offsets of " + topic);
    }
    spans.push_back({partition, first[0].offset, end[0].offset});
  }
  std::vector<SeenRecord> records;
  Status status =
      reader->read(topic, spans, 20'000, std::stop_token(), [&](const rd_kafka_message_t& message) {
        records.push_back(seen(message));
        return Status();
      });
  if (!status) throw std::runtime_error(status.error().message);
  return records;
}

PlainTransaction::PlainTransaction(const std::string& id) {
  auto made = make_client(RD_KAFKA_PRODUCER,
                          {{"bootstrap.servers", bootstrap_servers()},
                           {"transactional.id", id},
                           {"transaction.timeout.ms", "60000"}},
                          {});
  if (!made) throw std::runtime_error(made.error().message);
  client_ = made->release();
  require(rd_kafka_init_transactions(client_, 30'000));
}

PlainTransaction::~PlainTransaction() { rd_kafka_destroy(client_); }

void PlainTransaction::begin() { require(rd_kafka_begin_transaction(client_)); }

void PlainTransaction::produce(const std::string& topic, int32_t partition, const std::string& key,
                               const std::string& value) {
  if (rd_kafka_producev(client_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
                        RD_KAFKA_V_KEY(key.data(), key.size()),
                        RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                        RD_KAFKA_V_END) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      rd_kafka_flush(client_, 10'000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error("cannot produce to " + topic);
  }
}

void PlainTransaction::send_offset(const std::string& group, const std::string& topic,
                                   int32_t partition, int64_t offset) {
  PartitionList offsets(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(offsets.get(), topic.c_str(), partition)->offset = offset;
  Handle<rd_kafka_consumer_group_metadata_t> metadata(
      rd_kafka_consumer_group_metadata_new(group.c_str()));
  require(rd_kafka_send_offsets_to_transaction(client_, offsets.get(), metadata.get(), 30'000));
}

bool PlainTransaction::try_to_commit() {
  rd_kafka_error_t* error = rd_kafka_commit_transaction(client_, 30'000);
  if (!error) return true;
  rd_kafka_error_destroy(error);
  return false;
}

void PlainTransaction::commit() { require(rd_kafka_commit_transaction(client_, 30'000)); }
void PlainTransaction::abort() { require(rd_kafka_abort_transaction(client_, 30'000)); }

ShardEpoch& EpochMaker::shard(int32_t partition, int64_t next_offset, const std::string& meta) {
  ShardEpoch& made = epoch->shards.emplace_back();
  made.partition = partition;
  made.next_offset = next_offset;
  made.meta = epoch->bytes.copy(meta);
  return made;
}

void EpochMaker::change(ShardEpoch& shard, const std::string& id, const std::string& bytes) {
  CustomerChange change;
  change.customer_id = epoch->bytes.copy(id);
  change.bytes = epoch->bytes.copy(bytes);
  shard.changes.push_back(change);
}

void EpochMaker::output(ShardEpoch& shard, Stream stream, const std::string& key,
                        const std::string& value) {
  OutputRecord output;
  output.stream = stream;
  output.key = epoch->bytes.copy(key);
  output.value = epoch->bytes.copy(value);
  shard.outputs.push_back(output);
}

}  // namespace sapa::kafka
