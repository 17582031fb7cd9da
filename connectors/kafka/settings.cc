#include "connectors/kafka/settings.h"

namespace sapa::kafka {
namespace {

const std::string kLargestRecord = std::to_string(kLargestRecordBytes);

void add_common(Settings& settings, const std::string& servers) {
  settings.emplace_back("bootstrap.servers", servers);
  settings.emplace_back("client.id", "sapa");
  // A broker that comes back is found again within a second rather than ten.
  settings.emplace_back("reconnect.backoff.max.ms", "1000");
  settings.emplace_back("socket.keepalive.enable", "true");
  // Small requests in a row (a transaction is five) must not wait for each other's acknowledgement.
  settings.emplace_back("socket.nagle.disable", "true");
  // Idle connections are closed by brokers every ten minutes; that is no event.
  settings.emplace_back("log.connection.close", "false");
}

void add_reading(Settings& settings) {
  // We keep positions ourselves, inside the transaction.
  settings.emplace_back("enable.auto.commit", "false");
  settings.emplace_back("enable.auto.offset.store", "false");
  // Tells that everything is read, although the last records may be markers that nobody sees.
  settings.emplace_back("enable.partition.eof", "true");
  settings.emplace_back("auto.offset.reset", "earliest");
}

// More costs memory and cache misses. See read_ahead.h for why so little is enough.
void add_queue(Settings& settings, QueueLimit limit) {
  settings.emplace_back("queued.min.messages", std::to_string(limit.records));
  settings.emplace_back("queued.max.messages.kbytes", std::to_string(limit.bytes / 1024));
}

void add_writing(Settings& settings) {
  settings.emplace_back("enable.idempotence", "true");
  // The same partition that Kafka's own clients choose.
  settings.emplace_back("partitioner", "murmur2_random");
  settings.emplace_back("message.max.bytes", kLargestRecord);
  // Stays below a topic's usual limit of 1 MiB a batch.
  settings.emplace_back("batch.size", "1000000");
  settings.emplace_back("batch.num.messages", "100000");
}

}  // namespace

Settings group_consumer_settings(const KafkaConfig& config, int worker) {
  Settings settings;
  add_common(settings, config.bootstrap_servers);
  add_reading(settings);
  settings.emplace_back("group.id", config.group);
  if (config.static_membership && !config.instance.empty()) {
    settings.emplace_back("group.instance.id", config.instance + "-" + std::to_string(worker));
  }
  // Eager: cooperative-sticky assignment loses commits and loops in this librdkafka.
  settings.emplace_back("partition.assignment.strategy", "range");
  settings.emplace_back("isolation.level", "read_committed");
  // With the answer to a heartbeat a member learns that another one is gone or has come; the group
  // waits for the last to learn it.
  settings.emplace_back("heartbeat.interval.ms", "500");
  // Between two polls there may be a predecessor's transaction to be waited for.
  settings.emplace_back("max.poll.interval.ms", "300000");
  // The end of a partition is reported with the first fetch that finds nothing, which the broker
  // holds back this long.
  settings.emplace_back("fetch.wait.max.ms", "100");
  settings.emplace_back("fetch.error.backoff.ms", "50");
  add_queue(settings, kInputAhead);
  return settings;
}

Settings reader_settings(const KafkaConfig& config, bool read_committed) {
  Settings settings;
  add_common(settings, config.bootstrap_servers);
  add_reading(settings);
  // Needed by librdkafka for assign(); nothing joins or commits.
  settings.emplace_back("group.id",
                        config.group.empty() ? "sapa-reader" : config.group + "-reader");
  settings.emplace_back("isolation.level", read_committed ? "read_committed" : "read_uncommitted");
  settings.emplace_back("fetch.wait.max.ms", "10");
  settings.emplace_back("fetch.error.backoff.ms", "50");
  settings.emplace_back("fetch.message.max.bytes", "4194304");
  add_queue(settings, kStateAhead);
  return settings;
}

Settings epoch_producer_settings(const KafkaConfig& config, const std::string& transactional_id) {
  Settings settings;
  add_common(settings, config.bootstrap_servers);
  add_writing(settings);
  if (config.delivery == Delivery::kExactlyOnce) {
    settings.emplace_back("transactional.id", transactional_id);
    // What can't be ended at once (heir.h) is waited for this long, and up to 10 s more until the
    // coordinator looks. The largest epoch is 64 MiB.
    settings.emplace_back("transaction.timeout.ms", "20000");
  } else {
    settings.emplace_back("message.timeout.ms", "60000");
  }
  // What the coordinator isn't ready for is asked again soon.
  settings.emplace_back("retry.backoff.ms", "5");
  // An epoch is put out in one go and then flushed, so waiting only fills batches.
  settings.emplace_back("linger.ms", "1");
  // A whole epoch of several hundred thousand records fits; its bytes are not copied.
  settings.emplace_back("queue.buffering.max.messages", "2000000");
  settings.emplace_back("queue.buffering.max.kbytes", "2097151");
  return settings;
}

Settings publisher_settings(const std::string& bootstrap_servers, bool for_throughput) {
  Settings settings;
  add_common(settings, bootstrap_servers);
  add_writing(settings);
  settings.emplace_back("linger.ms", for_throughput ? "50" : "1");
  settings.emplace_back("queue.buffering.max.messages", "500000");
  settings.emplace_back("queue.buffering.max.kbytes", "262144");
  settings.emplace_back("message.timeout.ms", "60000");
  return settings;
}

Settings admin_settings(const KafkaConfig& config) {
  Settings settings;
  add_common(settings, config.bootstrap_servers);
  return settings;
}

Settings output_topic_settings() {
  return {
      // Retention counts from when a record is put out: triggers of replayed history carry old
      // times, and would be
      // deleted before anyone has read them.
      {"message.timestamp.type", "LogAppendTime"},
      {"cleanup.policy", "delete"},
  };
}

Settings dead_letter_topic_settings() {
  Settings settings = output_topic_settings();
  // The record as it came, which may be as large as the input topic allows, and why.
  settings.emplace_back("max.message.bytes", kLargestRecord);
  return settings;
}

Settings control_topic_settings() {
  // Each campaign's latest switch counts, and that one for ever.
  return {{"cleanup.policy", "compact"}};
}

Settings changelog_topic_settings() {
  return {
      // Only each customer's latest record counts, and that one for ever.
      {"cleanup.policy", "compact"},
      {"max.message.bytes", kLargestRecord},
      // Compaction takes in what is younger than the active segment; a day's at the latest, 64
      // MiB's at the earliest,
      // so that a new disk replays little that is outdated.
      {"segment.bytes", "67108864"},
      {"segment.ms", "86400000"},
      {"min.cleanable.dirty.ratio", "0.5"},
      // A store that was away for less than this long still learns who was forgotten meanwhile.
      {"delete.retention.ms", "604800000"},
      {"message.timestamp.type", "LogAppendTime"},
  };
}

}  // namespace sapa::kafka
