// The names under which workers make transactions, and whose name stands beside an offset.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kafka/client.h"
#include "connectors/kafka/config.h"
#include "engine/base/result.h"

namespace sapa::kafka {

/// "<prefix>-<instance>-<worker>": what the transactional ids of a worker begin with.
std::string transactions_name(const KafkaConfig& config, const std::string& instance, int worker);
/// The prefix alone.
std::string transactions_prefix(const KafkaConfig& config);
/// One for each of the clients that take turns (producer.h).
std::vector<std::string> transactional_ids(const std::string& transactions_name);

/// A producer which alone has the transactional id `id`: whoever had it is fenced, and what that
/// one left open aborted. Blocks.
Result<Client> start_transactions(const KafkaConfig& config, const std::string& id,
                                  const Callbacks& callbacks, std::chrono::milliseconds timeout);

/// Who committed an offset.
struct Owner {
  std::string transactions_name;
  std::string member_id;  ///< in the group
};
/// As the metadata that Kafka keeps beside an offset: JSON.
std::string to_metadata(const Owner& owner);
/// Nothing if it isn't ours.
std::optional<Owner> owner_from(std::string_view metadata);

}  // namespace sapa::kafka
