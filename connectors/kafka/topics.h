// The topics that an engine needs: made when they are missing, checked when they are there.
#pragma once

#include "connectors/kafka/config.h"

namespace sapa::kafka {

/// Makes missing topics (unless told not to: then they are a user error that names them): the input
/// with config.partitions; triggers, decisions and dead letters with as many partitions as the
/// input; the changelog with exactly as many, compacted; the control topic with one, compacted,
/// too. An existing changelog of another partition count, or one that is not compacted, is a user
/// error with its remedy. Blocks until the brokers know all topics. Any number of processes may do
/// this at once.
Status ensure_topics(const KafkaConfig& config);

/// What the topic takes in one record, and our producers send. kUsualMaxBytes where that can't be
/// asked.
int64_t largest_record(const KafkaConfig& config, const std::string& topic);

}  // namespace sapa::kafka
