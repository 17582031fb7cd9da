#include "connectors/kafka/replay.h"

#include "connectors/kafka/errors.h"

namespace sapa::kafka {
namespace {

constexpr int kTimeoutMs = 30'000;
constexpr int kFullWaitMs = 20;

}  // namespace

Result<std::unique_ptr<ReplayProducer>> ReplayProducer::open(const KafkaConfig& config,
                                                             const std::string& dead_letter_topic) {
  std::unique_ptr<ReplayProducer> producer(new ReplayProducer());
  KafkaConfig transactional = config;
  transactional.delivery = Delivery::kExactlyOnce;
  Callbacks callbacks;
  callbacks.opaque = producer.get();
  callbacks.delivered = on_delivered;
  auto client = make_client(RD_KAFKA_PRODUCER,
                            epoch_producer_settings(transactional, dead_letter_topic + "-replay"),
                            options_for(config, ClientKind::kProducer), callbacks);
  if (!client) return client.error();
  producer->client_ = std::move(*client);
  if (auto* error = rd_kafka_init_transactions(producer->client_.get(), kTimeoutMs)) {
    return error_from(error, "starting transactions as \"" + dead_letter_topic + "-replay\"");
  }
  return producer;
}

Result<int32_t> ReplayProducer::partitions(const std::string& topic) {
  return partition_count(client_.get(), topic, kTimeoutMs);
}

void ReplayProducer::on_delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto* self = static_cast<ReplayProducer*>(opaque);
  auto error = delivery_error(*message);
  if (error && !self->failure_) self->failure_ = std::move(error);
}

Status ReplayProducer::produce(const OutgoingRecord& record) {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
  for (const Header& header : record.headers) {
    rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value.data(), static_cast<ssize_t>(header.value.size()));
  }
  while (true) {
    const rd_kafka_resp_err_t code = rd_kafka_producev(
        client_.get(), RD_KAFKA_V_TOPIC(record.topic.c_str()),
        RD_KAFKA_V_PARTITION(record.partition),
        RD_KAFKA_V_KEY(record.key.empty() ? nullptr : record.key.data(), record.key.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(record.value.data()), record.value.size()),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_headers_destroy(headers);
      return error_from(code, "writing to topic \"" + record.topic + "\"");
    }
    rd_kafka_poll(client_.get(), kFullWaitMs);
  }
}

Status ReplayProducer::flush() {
  const rd_kafka_resp_err_t code = rd_kafka_flush(client_.get(), 2 * kTimeoutMs);
  if (failure_) return *failure_;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_from(code, "writing the records");
  return {};
}

Status ReplayProducer::put(std::span<const OutgoingRecord> records) {
  failure_.reset();
  if (auto* error = rd_kafka_begin_transaction(client_.get())) {
    return error_from(error, "beginning a transaction");
  }
  Status status;
  for (const OutgoingRecord& record : records) {
    status = produce(record);
    if (!status) break;
  }
  if (status) status = flush();
  if (status) {
    rd_kafka_error_t* error = rd_kafka_commit_transaction(client_.get(), 2 * kTimeoutMs);
    if (!error) return {};
    status = error_from(error, "committing a transaction");
  }
  if (auto* error = rd_kafka_abort_transaction(client_.get(), kTimeoutMs)) {
    rd_kafka_error_destroy(error);  // the broker does it by itself when the transaction times out
  }
  return status;
}

}  // namespace sapa::kafka
