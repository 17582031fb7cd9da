// Reads given partitions of a topic from given offsets to given ends, outside of any consumer
// group.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "connectors/kafka/client.h"
#include "connectors/kafka/config.h"
#include "connectors/kafka/read_ahead.h"

namespace sapa::kafka {

struct ReadSpan {
  int32_t partition = 0;
  int64_t from = 0;  ///< the first offset to read
  int64_t to = 0;    ///< one past the last
};

class TopicReader {
 public:
  /// Under read_committed it waits, at an open transaction, until that is decided.
  static Result<TopicReader> open(const KafkaConfig& config, bool read_committed);

  rd_kafka_t* client() const { return client_.get(); }

  /// Waits at most `wait_ms` for a message of what is assigned, then takes what else is there, at
  /// most as many as `messages` holds, for the caller to destroy. Gives how many.
  size_t take(int wait_ms, std::vector<rd_kafka_message_t*>& messages);

  /// Gives every record of the spans, per partition in order, with its message valid during the
  /// call. Gives up when nothing at all comes for `patience_ms` (an open transaction ends by its
  /// timeout within that), or when told to stop.
  Status read(const std::string& topic, std::vector<ReadSpan> spans, int patience_ms,
              const std::stop_token& stop,
              const std::function<Status(const rd_kafka_message_t&)>& found);

 private:
  Client client_;
  Handle<rd_kafka_queue_t> queue_;
  std::unique_ptr<ReadAhead> ahead_;
};

}  // namespace sapa::kafka
