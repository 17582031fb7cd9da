#include "connectors/kafka/connection.h"

#include <random>

#include "connectors/kafka/restore.h"
#include "connectors/kafka/transactions.h"

namespace sapa::kafka {
namespace {

// Without a name of its own a process must not meet another's transactional id.
std::string random_name() {
  constexpr char kDigits[] = "0123456789abcdef";
  std::random_device device;
  std::string name;
  for (int i = 0; i < 16; ++i) name += kDigits[device() % 16];
  return name;
}

}  // namespace

KafkaConnection::KafkaConnection(const KafkaConfig& config, int worker)
    : config_(config), health_("worker " + std::to_string(worker)) {}

Result<std::unique_ptr<KafkaConnection>> KafkaConnection::open(const KafkaConfig& config,
                                                               int worker) {
  std::unique_ptr<KafkaConnection> connection(new KafkaConnection(config, worker));
  const std::string name =
      transactions_name(config, config.instance.empty() ? random_name() : config.instance, worker);
  // First the producer: it ends what a predecessor has left open, for which the consumer would
  // wait.
  auto producer = EpochProducer::open(config, worker, name, connection->health_);
  if (!producer) return producer.error();
  connection->producer_ = std::move(*producer);
  auto consumer = GroupConsumer::open(config, worker, name, connection->health_);
  if (!consumer) return consumer.error();
  connection->consumer_ = std::move(*consumer);
  return connection;
}

Status KafkaConnection::poll(Duration timeout, InputHandler& handler) {
  return consumer_->poll(timeout, handler);
}

void KafkaConnection::start_reading(int32_t partition) { consumer_->start_reading(partition); }

void KafkaConnection::ask_for_end(int32_t partition) { consumer_->ask_for_end(partition); }

Status KafkaConnection::restore(int32_t partition, int64_t from_position, StateSink& sink,
                                RestoreProgress& progress, std::stop_token stop) {
  return restore_changelog(config_, partition, from_position, sink, progress, std::move(stop));
}

Status KafkaConnection::commit(Epoch& epoch) { return producer_->commit(epoch, *consumer_); }

int64_t KafkaConnection::lag(int32_t partition) const { return consumer_->lag(partition); }

void KafkaConnection::wake() { consumer_->wake(); }

std::string KafkaConnection::health() const { return health_.text(); }

}  // namespace sapa::kafka
