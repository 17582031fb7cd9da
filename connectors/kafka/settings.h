// Every librdkafka and topic setting that Sapa chooses, with its reason, in one place. What a user
// passes through comes after these and wins.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "connectors/kafka/config.h"

namespace sapa::kafka {

/// 10 MiB: a customer's record, with much room.
inline constexpr int64_t kLargestRecordBytes = 10 << 20;

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
