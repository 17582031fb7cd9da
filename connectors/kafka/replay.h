// Puts records of one topic onto another and marks them as done, both in one transaction: for
// `sapa dlq replay`. Two at once fence each other, so that nothing is put back twice.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kafka/client.h"
#include "connectors/kafka/config.h"
#include "engine/event/decoder.h"

namespace sapa::kafka {

struct OutgoingRecord {
  std::string topic;
  int32_t partition = RD_KAFKA_PARTITION_UA;  ///< unassigned: what Kafka's clients choose
  std::string_view key;
  std::string_view value;
  std::vector<Header> headers;
};

class ReplayProducer {
 public:
  /// From now on an earlier one for the same topic commits nothing any more. So: open it first,
  /// then read what is to be replayed.
  static Result<std::unique_ptr<ReplayProducer>> open(const KafkaConfig& config,
                                                      const std::string& dead_letter_topic);

  /// All of them or none. Blocks. After an error the outcome is to be read from the topics.
  Status put(std::span<const OutgoingRecord> records);

  /// 0 if there is no such topic.
  Result<int32_t> partitions(const std::string& topic);

 private:
  ReplayProducer() = default;
  static void on_delivered(rd_kafka_t*, const rd_kafka_message_t*, void*);
  Status produce(const OutgoingRecord& record);
  Status flush();

  std::optional<Error> failure_;  ///< of the transaction under way
  Client client_;
};

}  // namespace sapa::kafka
