// What `run` and `demo` put together: an engine with its log, stores and telemetry.
#pragma once

#include <memory>
#include <string>

#include <prometheus/registry.h>

#include "connectors/embedded/embedded_log.h"
#include "connectors/kafka/config.h"
#include "engine/cli/run.h"
#include "engine/cli/running_workspace.h"
#include "engine/customer/rocks_options.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/process_clock.h"
#include "engine/runtime/standby.h"

namespace sapa {

/// The wall clock, read at the edge and handed inwards.
Timestamp system_time();

struct EngineParts {
  std::shared_ptr<const Workspace> workspace;
  std::shared_ptr<prometheus::Registry> registry;
  std::unique_ptr<Telemetry> telemetry;
  std::shared_ptr<ProcessClock> clock;  ///< what shards and log go by
  std::shared_ptr<RocksResources> resources;
  std::unique_ptr<StoreFactory> stores;  ///< on Kafka
  std::unique_ptr<LiveWorkspace> live;
  std::unique_ptr<StandbyStores> standby;     ///< on Kafka, if wanted; uses `stores`
  std::shared_ptr<EmbeddedLog> embedded;      ///< else
  std::shared_ptr<kafka::KafkaConfig> kafka;  ///< on Kafka
  std::unique_ptr<CampaignSwitches> switches;
  std::unique_ptr<RunningWorkspace> control;
  std::unique_ptr<Engine> engine;  ///< last: uses all of the above
};

/// A user error for options that don't fit; an environment error for a state folder or a broker
/// that can't be used.
Result<std::unique_ptr<EngineParts>> make_engine(const RunOptions& options,
                                                 std::shared_ptr<const Workspace> workspace);

}  // namespace sapa
