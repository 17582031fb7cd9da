// Puts records on a topic as fast as they come: for `sapa publish`, and for taking events over
// HTTP. Not transactional: a record is there once flush() or close() said so, at least once.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "connectors/kafka/client.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace sapa::kafka {

class KafkaPublisher {
 public:
  struct Options {
    std::string bootstrap_servers;
    std::string topic;
    std::map<std::string, std::string> options;  ///< of librdkafka, applied last
    bool for_throughput = true;                  ///< waits for full batches; else sends at once
  };

  /// The topic must exist.
  static Result<std::unique_ptr<KafkaPublisher>> open(const Options& options);
  /// What has not been flushed is dropped.
  ~KafkaPublisher();
  KafkaPublisher(const KafkaPublisher&) = delete;
  KafkaPublisher& operator=(const KafkaPublisher&) = delete;

  /// Copies the bytes. Waits while the queue is full. The partition is what Kafka's own clients
  /// choose for the key; any if the key is empty. An error means that this record was not taken;
  /// those already taken can fail later: see failed(). Any thread.
  Status publish(std::string_view key, std::string_view value, Timestamp time);

  /// Reports on what has been sent, so that the queue gets shorter. Any thread.
  void serve() { rd_kafka_poll(client_.get(), 0); }

  /// Waits until everything taken has been written or has failed; an error with the first reason if
  /// any ever failed.
  Status flush(Duration timeout);

  /// Empty if all is well.
  std::string health() const { return health_.text(); }

  uint64_t delivered() const { return delivered_.load(std::memory_order_relaxed); }
  uint64_t failed() const { return failed_.load(std::memory_order_relaxed); }

 private:
  explicit KafkaPublisher(std::string topic);
  static void on_delivered(rd_kafka_t*, const rd_kafka_message_t*, void*);
  bool put_again(const rd_kafka_message_t& message);
  static void on_error(rd_kafka_t*, int, const char*, void*);

  const std::string topic_name_;
  Health health_;
  std::atomic<uint64_t> delivered_{0};
  std::atomic<uint64_t> failed_{0};
  std::mutex mutex_;
  std::string first_failure_;  // guarded by mutex_
  Client client_;
  Handle<rd_kafka_topic_t> topic_;
};

}  // namespace sapa::kafka
