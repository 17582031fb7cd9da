#include "connectors/kafka/reader.h"

#include <algorithm>
#include <chrono>

#include "connectors/kafka/errors.h"

namespace sapa::kafka {
namespace {

constexpr size_t kBatch = 2000;
constexpr int kWaitMs = 100;

// Where each partition stands; a span that is read is dropped.
class Progress {
 public:
  explicit Progress(std::vector<ReadSpan> spans) : spans_(std::move(spans)) {
    std::erase_if(spans_, [](const ReadSpan& span) { return span.from >= span.to; });
  }
  bool done() const { return spans_.empty(); }
  const std::vector<ReadSpan>& left() const { return spans_; }

  /// Whether the record at `offset` is wanted.
  bool wants(int32_t partition, int64_t offset) const {
    for (const ReadSpan& span : spans_) {
      if (span.partition == partition) return offset >= span.from && offset < span.to;
    }
    return false;
  }

  void read_to(int32_t partition, int64_t offset) {
    for (ReadSpan& span : spans_) {
      if (span.partition == partition) span.from = std::max(span.from, offset);
    }
    std::erase_if(spans_, [](const ReadSpan& span) { return span.from >= span.to; });
  }

 private:
  std::vector<ReadSpan> spans_;
};

}  // namespace

Result<TopicReader> TopicReader::open(const KafkaConfig& config, bool read_committed) {
  auto client = make_client(RD_KAFKA_CONSUMER, reader_settings(config, read_committed),
                            options_for(config, ClientKind::kConsumer));
  if (!client) return client.error();
  TopicReader reader;
  reader.client_ = std::move(*client);
  rd_kafka_poll_set_consumer(reader.client_.get());
  reader.queue_.reset(rd_kafka_queue_get_consumer(reader.client_.get()));
  reader.ahead_ = std::make_unique<ReadAhead>(reader.client_.get(), kStateAhead);
  return reader;
}

// The single call waits for the first record only; see GroupConsumer::collect.
size_t TopicReader::take(int wait_ms, std::vector<rd_kafka_message_t*>& messages) {
  messages[0] = rd_kafka_consumer_poll(client_.get(), wait_ms);
  if (!messages[0]) return 0;
  const ssize_t more =
      rd_kafka_consume_batch_queue(queue_.get(), 0, messages.data() + 1, messages.size() - 1);
  const size_t count = 1 + static_cast<size_t>(std::max<ssize_t>(more, 0));
  ahead_->took(std::span(messages).first(count));
  return count;
}

Status TopicReader::read(const std::string& topic, std::vector<ReadSpan> spans, int patience_ms,
                         const std::stop_token& stop,
                         const std::function<Status(const rd_kafka_message_t&)>& found) {
  using Clock = std::chrono::steady_clock;
  const std::string doing = "reading topic \"" + topic + "\"";
  Progress progress(std::move(spans));
  if (progress.done()) return {};
  PartitionList list(rd_kafka_topic_partition_list_new(1));
  for (const ReadSpan& span : progress.left()) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), span.partition)->offset =
        span.from;
  }
  rd_kafka_resp_err_t code = rd_kafka_assign(client_.get(), list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_from(code, doing);

  Status status;
  std::vector<rd_kafka_message_t*> messages(kBatch);
  auto last_news = Clock::now();
  while (status && !progress.done()) {
    if (stop.stop_requested()) {
      status = environment_error(doing + ": told to stop");
      break;
    }
    const size_t count = take(kWaitMs, messages);
    if (count == 0) {
      if (Clock::now() - last_news > std::chrono::milliseconds(patience_ms)) {
        status = environment_error(doing + ": nothing came for " +
                                   std::to_string(patience_ms / 1000) + " s");
      }
      continue;
    }
    for (size_t i = 0; i < count; ++i) {
      const rd_kafka_message_t& message = *messages[i];
      if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        last_news = Clock::now();
        if (status && progress.wants(message.partition, message.offset)) status = found(message);
        progress.read_to(message.partition, message.offset + 1);
      } else if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        progress.read_to(message.partition, message.offset);
      } else if (status && !passes(message.err)) {
        status = error_from(message.err, doing, rd_kafka_message_errstr(&message));
      }
      rd_kafka_message_destroy(messages[i]);
    }
  }
  rd_kafka_assign(client_.get(), nullptr);
  return status;
}

}  // namespace sapa::kafka
