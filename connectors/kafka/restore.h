// Gives a shard its state back: everything that was committed to its partition of the changelog
// since a position.
#pragma once

#include "connectors/kafka/config.h"
#include "engine/ports/log.h"

namespace sapa::kafka {

/// Reads to what is the end now, uncommitted work included, and so waits for the coordinator to
/// decide what a predecessor has left open. A `from_position` of -1, or one before the log's start
/// (what was deleted there has been overwritten since: the topic is compacted), reads from the
/// start. One beyond the end is a user error: topic and store do not belong together. Blocks, at
/// most until it is told to stop; tells how far it has come in the log. Any thread.
Status restore_changelog(const KafkaConfig& config, int32_t partition, int64_t from_position,
                         StateSink& sink, RestoreProgress& progress, std::stop_token stop);

}  // namespace sapa::kafka
