#include "connectors/kafka/publisher.h"

#include <algorithm>

#include "connectors/kafka/errors.h"

namespace sapa::kafka {
namespace {

constexpr int kMetadataTimeoutMs = 15'000;
constexpr int kFullWaitMs = 20;

}  // namespace

KafkaPublisher::KafkaPublisher(std::string topic)
    : topic_name_(std::move(topic)), health_("publishing to " + topic_name_) {}

Result<std::unique_ptr<KafkaPublisher>> KafkaPublisher::open(const Options& options) {
  std::unique_ptr<KafkaPublisher> publisher(new KafkaPublisher(options.topic));
  Callbacks callbacks;
  callbacks.opaque = publisher.get();
  callbacks.delivered = on_delivered;
  callbacks.error = on_error;
  auto client = make_client(RD_KAFKA_PRODUCER,
                            publisher_settings(options.bootstrap_servers, options.for_throughput),
                            options.options, callbacks);
  if (!client) return client.error();
  publisher->client_ = std::move(*client);
  rd_kafka_t* handle = publisher->client_.get();
  auto partitions = partition_count(handle, options.topic, kMetadataTimeoutMs);
  if (!partitions) return partitions.error();
  if (*partitions == 0) return user_error("there is no topic \"" + options.topic + "\"");
  publisher->topic_.reset(rd_kafka_topic_new(handle, options.topic.c_str(), nullptr));
  if (!publisher->topic_) return error_from(rd_kafka_last_error(), "topic " + options.topic);
  return publisher;
}

KafkaPublisher::~KafkaPublisher() {
  if (!client_) return;
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

void KafkaPublisher::on_error(rd_kafka_t*, int code, const char* reason, void* opaque) {
  if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;
  static_cast<KafkaPublisher*>(opaque)->health_.bad(std::string("Kafka is out of reach: ") +
                                                    reason);
}

void KafkaPublisher::on_delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto* self = static_cast<KafkaPublisher*>(opaque);
  auto error = delivery_error(*message);
  if (error && message->err == RD_KAFKA_RESP_ERR_NO_ERROR && self->put_again(*message)) return;
  if (!error) {
    self->delivered_.fetch_add(1, std::memory_order_relaxed);
    self->health_.good();
    return;
  }
  if (self->failed_.fetch_add(1, std::memory_order_relaxed) > 0) return;
  std::lock_guard lock(self->mutex_);
  self->first_failure_ = error->message;
}

// Of a record that may be missing. If it isn't, the second one is a repeat, which its messageId
// tells.
bool KafkaPublisher::put_again(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t type;
  const int64_t time_ms = rd_kafka_message_timestamp(&message, &type);
  return rd_kafka_producev(client_.get(), RD_KAFKA_V_RKT(topic_.get()),
                           RD_KAFKA_V_PARTITION(message.partition),
                           RD_KAFKA_V_KEY(message.key, message.key_len),
                           RD_KAFKA_V_VALUE(message.payload, message.len),
                           RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                           RD_KAFKA_V_TIMESTAMP(std::max<int64_t>(time_ms, 0)),
                           RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

Status KafkaPublisher::publish(std::string_view key, std::string_view value, Timestamp time) {
  while (true) {
    const rd_kafka_resp_err_t code =
        rd_kafka_producev(client_.get(), RD_KAFKA_V_RKT(topic_.get()),
                          RD_KAFKA_V_KEY(key.empty() ? nullptr : key.data(), key.size()),
                          RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                          RD_KAFKA_V_TIMESTAMP(time.ms > 0 ? time.ms : 0), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      return error_from(code, "writing to topic \"" + topic_name_ + "\"");
    }
    rd_kafka_poll(client_.get(), kFullWaitMs);
  }
}

Status KafkaPublisher::flush(Duration timeout) {
  const rd_kafka_resp_err_t code = rd_kafka_flush(client_.get(), static_cast<int>(timeout.ms));
  if (failed() > 0) {
    std::lock_guard lock(mutex_);
    return environment_error(std::to_string(failed()) +
                             " records failed; the first: " + first_failure_);
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return error_from(code, "writing to topic \"" + topic_name_ + "\"");
  }
  return {};
}

}  // namespace sapa::kafka
