// A worker's connection to Kafka: its place in the consumer group and its producer. The threads are
// as engine/ports/log.h has them. Two librdkafka clients, which share nothing but the group's
// metadata and the health.
#pragma once

#include <memory>
#include <string>

#include "connectors/kafka/client.h"
#include "connectors/kafka/config.h"
#include "connectors/kafka/consumer.h"
#include "connectors/kafka/producer.h"
#include "engine/ports/log.h"

namespace sapa::kafka {

class KafkaConnection : public Connection {
 public:
  /// All topics exist (see ensure_topics). Blocks until the producer has its transactional id,
  /// which may take as long as a predecessor's transaction is being decided; nothing is read before
  /// the first poll().
  static Result<std::unique_ptr<KafkaConnection>> open(const KafkaConfig& config, int worker);

  /// Leaves the group; a static member keeps its place until the session times out.
  ~KafkaConnection() override = default;

  Status poll(Duration timeout, InputHandler& handler) override;
  void start_reading(int32_t partition) override;
  void ask_for_end(int32_t partition) override;
  Status restore(int32_t partition, int64_t from_position, StateSink& sink,
                 RestoreProgress& progress, std::stop_token stop) override;
  Status commit(Epoch& epoch) override;
  int64_t lag(int32_t partition) const override;
  void wake() override;
  std::string health() const override;

 private:
  KafkaConnection(const KafkaConfig& config, int worker);

  const KafkaConfig config_;
  Health health_;
  std::unique_ptr<EpochProducer> producer_;
  std::unique_ptr<GroupConsumer> consumer_;
};

}  // namespace sapa::kafka
