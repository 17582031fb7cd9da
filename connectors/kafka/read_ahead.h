// Keeps a consumer's reading ahead going. Once librdkafka (2.0.2) has as many records as it may
// keep, its thread looks again only a second later, however many have been taken by then; unless
// there is something to ask the broker. So whenever a quarter of that has been taken, the broker is
// asked something. Without that either a second's worth of records had to be kept, or reading would
// stop and go.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "connectors/kafka/client.h"
#include "connectors/kafka/settings.h"

namespace sapa::kafka {

class ReadAhead {
 public:
  /// `client` outlives it, and was given this limit.
  ReadAhead(rd_kafka_t* client, QueueLimit limit);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// Told of all that is taken. Doesn't wait. One thread.
  void took(std::span<rd_kafka_message_t* const> messages);

 private:
  void run();
  void ask(const std::string& topic, const std::vector<int32_t>& partitions);

  rd_kafka_t* const client_;
  const QueueLimit limit_;
  // Since the last question; of the thread that calls took().
  size_t records_ = 0, bytes_ = 0;
  std::vector<int32_t> partitions_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // State below is guarded by mutex_.
  std::string topic_;
  std::vector<int32_t> to_ask_;
  bool stopping_ = false;
  std::thread thread_;  // from the first question on; of the thread that calls took()
};

}  // namespace sapa::kafka
