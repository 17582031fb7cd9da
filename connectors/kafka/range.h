// History from a topic, for backtest: all partitions to their present ends, or a range of time.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "connectors/kafka/config.h"
#include "engine/ports/log.h"

namespace sapa::kafka {

struct TimeRange {
  std::optional<Timestamp> from;  ///< records from the first not before this time on
  std::optional<Timestamp> to;    ///< up to the first not before this time, which is not given
};

/// Gives the committed records as kRecord items, per partition in order; bringing partitions
/// together is the caller's. An error from `found` ends the reading and is returned. A topic that
/// doesn't exist is a user error.
Status read_range(const KafkaConfig& config, const std::string& topic, const TimeRange& range,
                  const std::function<Status(const InputItem&)>& found);

}  // namespace sapa::kafka
