// Every librdkafka and topic setting that Sapa chooses, with its reason, in one place. What a user
// passes through comes after these and wins.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kafka/config.h"

namespace sapa::kafka {

/// 10 MiB: a customer's record, with much room.
inline constexpr int64_t kLargestRecordBytes = 10 << 20;

/// How much a client keeps of what it has read ahead: it stops at whichever comes first.
struct QueueLimit {
  size_t records = 0;
  size_t bytes = 0;
};
/// A worker's, where each record costs librdkafka some 500 bytes more.
inline constexpr QueueLimit kInputAhead = {20'000, 8 << 20};
/// Of a partition's state that is being restored.
inline constexpr QueueLimit kStateAhead = {60'000, 16 << 20};

using Settings = std::vector<std::pair<std::string, std::string>>;

/// The worker's member of the consumer group.
Settings group_consumer_settings(const KafkaConfig& config, int worker);
/// Reads given partitions outside of any group: changelogs, ranges.
Settings reader_settings(const KafkaConfig& config, bool read_committed);
/// Commits epochs; `transactional_id` is used in exactly-once only.
Settings epoch_producer_settings(const KafkaConfig& config, const std::string& transactional_id);
Settings publisher_settings(const std::string& bootstrap_servers, bool for_throughput);
Settings admin_settings(const KafkaConfig& config);

/// Configuration of topics that Sapa creates.
Settings output_topic_settings();
Settings dead_letter_topic_settings();
Settings changelog_topic_settings();
Settings control_topic_settings();

}  // namespace sapa::kafka
