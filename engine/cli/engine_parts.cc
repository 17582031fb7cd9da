#include "engine/cli/engine_parts.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include <spdlog/spdlog.h>

#include "connectors/embedded/embedded_connection.h"
#include "connectors/embedded/switches_file.h"
#include "connectors/kafka/changelog_tail.h"
#include "connectors/kafka/connection.h"
#include "connectors/kafka/control_topic.h"
#include "connectors/kafka/topics.h"
#include "engine/cli/backtest.h"
#include "engine/cli/instance_id.h"
#include "engine/cli/memory_plan.h"
#include "engine/customer/rocks_store_factory.h"

namespace sapa {
namespace {

int worker_count(const RunOptions& options) {
  if (options.workers > 0) return options.workers;
  return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 64u));
}

WorkerOptions worker_options(const RunOptions& options, int workers) {
  WorkerOptions worker;
  ShardOptions& shard = worker.shard;
  shard.clock = options.clock == "event" ? ClockMode::kEvent : ClockMode::kWall;
  shard.limits.max_record_bytes = options.max_record_bytes;
  shard.max_customer_bytes = options.max_customer_bytes;
  shard.limits.max_depth = options.max_depth;
  shard.limits.max_string_bytes = options.max_string_bytes;
  shard.input_name = options.bootstrap_servers.empty() ? "embedded" : options.input;
  const bool transactions = options.delivery != "at_least_once";
  // Without transactions a commit takes a few milliseconds, with them three times as long.
  if (!transactions) worker.epochs.output_interval_ms = 1;
  shard.state_may_be_ahead = !transactions;
  shard.output.format = options.format == "protobuf" ? WireFormat::kProtobuf : WireFormat::kJson;
  shard.output.cloudevents = options.cloudevents;
  shard.output.decisions = options.decisions;
  const auto memory = MemoryPlan::of(parse_bytes(options.memory));
  worker.cache_bytes_per_worker = memory.hot_customers / static_cast<size_t>(workers);
  worker.epochs.max_bytes = memory.epoch;
  return worker;
}

Result<std::shared_ptr<kafka::KafkaConfig>> kafka_config(const RunOptions& options) {
  auto config = std::make_shared<kafka::KafkaConfig>();
  config->bootstrap_servers = options.bootstrap_servers;
  config->topics.input = options.input;
  config->topics.triggers = options.output;
  config->topics.decisions = options.decisions_topic;
  config->topics.dead_letters = options.dead_letter_topic;
  config->topics.changelog = options.changelog_topic;
  config->topics.control = options.control_topic;
  config->topics.fill_defaults(options.group);
  config->group = options.group;
  config->instance = options.instance;
  config->static_membership = options.membership == "static";
  config->delivery = options.delivery == "at_least_once" ? kafka::Delivery::kAtLeastOnce
                                                         : kafka::Delivery::kExactlyOnce;
  config->create_topics = options.create_topics;
  config->partitions = options.partitions;
  config->replication_factor = static_cast<int16_t>(options.replication_factor);
  for (const std::string& text : options.kafka) {
    if (Status added = kafka::add_option(text, config->options); !added) return added.error();
  }
  if (config->instance.empty()) {
    auto id = instance_id(options.state_dir);
    if (!id) return id.error();
    config->instance = *id;
  }
  if (Status checked = kafka::check_config(*config); !checked) return checked.error();
  return config;
}

Status make_stores(const RunOptions& options, EngineParts& parts) {
  StateFolderSettings settings;
  auto keep = parse_duration(options.keep_state);
  if (!keep) return user_error("--keep-state: " + keep.error().message);
  settings.keep = *keep;
  settings.set_aside = [&parts](int32_t partition, const std::string& why, const std::string& to) {
    parts.telemetry->stores_set_aside.Increment();
    spdlog::warn(
        "partition {}: its store can't be used and is now {}; the state is restored from "
        "the changelog ({})",
        partition, to, why);
  };
  parts.stores = std::make_unique<RocksStoreFactory>(parts.resources, options.state_dir,
                                                     options.input, std::move(settings));
  return {};
}

Status open_log(const RunOptions& options, EngineParts& parts) {
  if (!options.bootstrap_servers.empty()) {
    auto config = kafka_config(options);
    if (!config) return config.error();
    parts.kafka = *config;
    // The times of a history that is replayed say nothing of today.
    if (options.clock != "event") parts.kafka->clock = parts.clock;
    if (Status made = make_stores(options, parts); !made) return made;
    if (Status made = kafka::ensure_topics(*parts.kafka); !made) return made;
    parts.kafka->dead_letter_max_bytes =
        kafka::largest_record(*parts.kafka, parts.kafka->topics.dead_letters);
    return {};
  }
  EmbeddedSettings settings;
  settings.partitions = options.partitions;
  settings.fsync = options.fsync == "every";
  settings.wall_clock = [clock = parts.clock] { return clock->now(); };
  auto keep = parse_duration(options.keep);
  if (!keep) return user_error("--keep: " + keep.error().message);
  settings.keep = *keep;
  auto log = EmbeddedLog::open(parts.resources, options.state_dir + "/log", settings);
  if (!log) return log.error();
  parts.embedded = *log;
  return {};
}

void make_standby(const RunOptions& options, const WorkerOptions& worker, EngineParts& parts) {
  StandbyOptions settings;
  settings.replicas = options.standby_replicas;
  settings.shard = worker.shard;
  settings.live = parts.live.get();
  parts.standby = std::make_unique<StandbyStores>(
      settings, parts.workspace, *parts.stores, *parts.telemetry,
      [config = parts.kafka]() -> Result<std::unique_ptr<ChangelogTail>> {
        auto tail = kafka::KafkaChangelogTail::open(*config);
        if (!tail) return tail.error();
        return std::unique_ptr<ChangelogTail>(std::move(*tail));
      });
  parts.standby->start();
}

/// A record that the changelog refuses for its size would fail its epoch again and again.
void bound_customers(const kafka::KafkaConfig& config, size_t& max_customer_bytes) {
  constexpr int64_t kKeyBytes = 1024;
  const int64_t most = kafka::largest_record(config, config.topics.changelog) - kKeyBytes;
  if (most >= static_cast<int64_t>(max_customer_bytes)) return;
  spdlog::warn(
      "{} takes records of at most {} bytes, so customers' records are bounded by that rather than "
      "by --max-customer-bytes {}; raise the topic's max.message.bytes for more",
      config.topics.changelog, most, max_customer_bytes);
  max_customer_bytes = static_cast<size_t>(std::max<int64_t>(most, kKeyBytes));
}

/// What is killed is known before the first event.
Status control_workspace(const RunOptions& options, EngineParts& parts) {
  parts.live = std::make_unique<LiveWorkspace>(parts.workspace);
  if (parts.kafka) {
    parts.switches = std::make_unique<kafka::ControlTopic>(*parts.kafka);
  } else {
    parts.switches = std::make_unique<SwitchesFile>(options.state_dir + "/killed-campaigns.json");
  }
  RunningWorkspace::Options running;
  running.folder = options.workspace;
  running.watch = options.watch_workspace;
  running.wall_clock = system_time;
  parts.control =
      std::make_unique<RunningWorkspace>(running, *parts.live, *parts.switches, *parts.telemetry);
  return parts.control->start();
}

WorkerPorts ports_of_worker(EngineParts& parts, int worker, int workers) {
  auto connect = [&parts, worker, workers]() -> Result<std::unique_ptr<Connection>> {
    if (parts.embedded) return parts.embedded->connect(worker, workers);
    auto connection = kafka::KafkaConnection::open(*parts.kafka, worker);
    if (!connection) return connection.error();
    return std::unique_ptr<Connection>(std::move(*connection));
  };
  StoreFactory& stores = parts.embedded  ? static_cast<StoreFactory&>(*parts.embedded)
                         : parts.standby ? *parts.standby
                                         : *parts.stores;
  WorkerPorts ports{connect, stores, *parts.telemetry,
                    [clock = parts.clock] { return clock->now(); }};
  ports.live = parts.live.get();
  return ports;
}

}  // namespace

Timestamp system_time() { return ProcessClock::system_wall(); }

Result<std::unique_ptr<EngineParts>> make_engine(const RunOptions& options,
                                                 std::shared_ptr<const Workspace> workspace) {
  std::error_code error;
  std::filesystem::create_directories(options.state_dir, error);
  if (error) {
    return environment_error(
        "can't make the state folder " + options.state_dir + ": " + error.message(), false);
  }
  auto parts = std::make_unique<EngineParts>();
  parts->workspace = std::move(workspace);
  parts->registry = std::make_shared<prometheus::Registry>();
  parts->telemetry = std::make_unique<Telemetry>(*parts->registry);
  parts->clock = std::make_shared<ProcessClock>(*parts->telemetry);
  int workers = worker_count(options);
  RocksSettings rocks;
  rocks.memory_bytes = MemoryPlan::of(parse_bytes(options.memory)).rocksdb;
  rocks.background_threads = std::min(workers, 2);
  rocks.log = [](std::string_view text) { spdlog::warn("RocksDB: {}", text); };
  parts->resources = std::make_shared<RocksResources>(rocks);
  if (Status opened = open_log(options, *parts); !opened) return opened.error();
  if (Status learned = control_workspace(options, *parts); !learned) return learned.error();
  // A worker without a partition would never be ready. Kafka's group decides that by itself.
  if (parts->embedded) workers = std::min(workers, parts->embedded->partitions());
  WorkerOptions worker = worker_options(options, workers);
  if (parts->kafka) bound_customers(*parts->kafka, worker.shard.max_customer_bytes);
  if (parts->kafka && options.standby_replicas > 0) make_standby(options, worker, *parts);
  std::vector<WorkerPorts> ports;
  for (int i = 0; i < workers; ++i) ports.push_back(ports_of_worker(*parts, i, workers));
  parts->engine = std::make_unique<Engine>(std::move(worker), parts->workspace, std::move(ports));
  return parts;
}

}  // namespace sapa
