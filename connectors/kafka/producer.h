// Puts epochs out: in exactly-once, one transaction for outputs, changelog and input offsets; in
// at-least-once, outputs first, then the changelog, then the offsets. After an error nothing of it
// may be used any more, and all memory of the epoch is free again.
//
// Transactions are made by two clients in turns. A coordinator answers that a transaction is
// committed before its markers are written, and refuses the same client's next one until they are;
// the other client need not wait. A transaction is begun only after the one before is known to be
// committed, so their order is that of the epochs, whichever markers come first.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/kafka/client.h"
#include "connectors/kafka/config.h"
#include "connectors/kafka/consumer.h"
#include "connectors/kafka/watchdog.h"
#include "engine/ports/log.h"

namespace sapa::kafka {

class EpochProducer {
 public:
  /// Fences whoever used the same transactional ids, and ends what that one had open. Blocks.
  /// `transactions_name` is not used without transactions.
  static Result<std::unique_ptr<EpochProducer>> open(const KafkaConfig& config, int worker,
                                                     const std::string& transactions_name,
                                                     Health& health);
  ~EpochProducer() = default;
  EpochProducer(const EpochProducer&) = delete;
  EpochProducer& operator=(const EpochProducer&) = delete;

  /// Blocks. One at a time, any thread. `consumer` is the one that the epoch's input came through.
  Status commit(Epoch& epoch, GroupConsumer& consumer);

 private:
  /// A producer of librdkafka, and the topics as it knows them.
  struct Writer {
    Client client;
    Handle<rd_kafka_topic_t> triggers, decisions, dead_letters, changelog;
  };

  EpochProducer(const KafkaConfig& config, int worker, Health& health);
  Status open_writer(Writer& writer, const std::string& transactional_id);
  Status make_topics(Writer& writer);

  static void on_delivered(rd_kafka_t*, const rd_kafka_message_t*, void*);
  static void on_error(rd_kafka_t*, int, const char*, void*);

  Status commit_exactly_once(Epoch& epoch, const GroupConsumer& consumer);
  Status commit_at_least_once(Epoch& epoch, GroupConsumer& consumer);
  PartitionList offsets_of(const Epoch& epoch, const std::string& metadata) const;
  Status send_offsets(const Epoch& epoch, const GroupConsumer& consumer);
  Status end_transaction();
  Status flush();
  Error judge_fencing(Error error) const;
  void give_up();

  Status produce_outputs(const Epoch& epoch);
  Status produce_state(Epoch& epoch);
  Status produce_output(const OutputRecord& output);
  Status produce_changes(ShardEpoch& shard);
  Status produce_meta(ShardEpoch& shard);
  Status make_room();

  const KafkaConfig config_;
  const int worker_;
  const std::string who_;
  int64_t timeout_ms_ = 60'000;  ///< transaction.timeout.ms, and as much without transactions
  Health& health_;
  std::vector<Writer> writers_;  ///< in turns; none after an error
  Writer* writer_ = nullptr;     ///< of the epoch under way, or the last one
  Watchdog watchdog_;

  std::optional<Error> delivery_failure_;  ///< of the epoch under way
  bool commit_begun_ = false;

  // Kept for their memory.
  std::string keys_;
  std::vector<rd_kafka_message_t> batch_;
};

}  // namespace sapa::kafka
