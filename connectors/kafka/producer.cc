#include "connectors/kafka/producer.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include <spdlog/spdlog.h>

#include "connectors/kafka/errors.h"
#include "connectors/kafka/transactions.h"

namespace sapa::kafka {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kInitTimeout = std::chrono::seconds(30);
constexpr int kAbortTimeoutMs = 10'000;
constexpr int kMetadataTimeoutMs = 10'000;
constexpr int kFlushTurnMs = 100;

int left_ms(Clock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 1, 3'600'000));
}

}  // namespace

EpochProducer::EpochProducer(const KafkaConfig& config, int worker, Health& health)
    : config_(config),
      worker_(worker),
      who_("worker " + std::to_string(worker)),
      health_(health),
      watchdog_(who_) {}

Result<std::unique_ptr<EpochProducer>> EpochProducer::open(const KafkaConfig& config, int worker,
                                                           const std::string& transactions_name,
                                                           Health& health) {
  std::unique_ptr<EpochProducer> producer(new EpochProducer(config, worker, health));
  std::vector<std::string> ids = {""};
  if (config.delivery == Delivery::kExactlyOnce) ids = transactional_ids(transactions_name);
  producer->writers_.resize(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    Status status = producer->open_writer(producer->writers_[i], ids[i]);
    if (!status) return status.error();
  }
  producer->writer_ = &producer->writers_.back();
  return producer;
}

Status EpochProducer::open_writer(Writer& writer, const std::string& transactional_id) {
  Callbacks callbacks;
  callbacks.opaque = this;
  callbacks.delivered = on_delivered;
  callbacks.error = on_error;
  if (transactional_id.empty()) {
    auto client = make_client(RD_KAFKA_PRODUCER, epoch_producer_settings(config_, ""),
                              options_for(config_, ClientKind::kProducer), callbacks);
    if (!client) return client.error();
    writer.client = std::move(*client);
    return make_topics(writer);
  }
  Watchdog::Guard guard(watchdog_, "starting transactions", kInitTimeout * 4);
  auto client = start_transactions(config_, transactional_id, callbacks, kInitTimeout);
  if (!client) return client.error();
  writer.client = std::move(*client);
  timeout_ms_ = std::atoll(option_of(writer.client.get(), "transaction.timeout.ms").c_str());
  return make_topics(writer);
}

// Asks for each topic's partitions once, so that the first records don't wait in line for it.
Status EpochProducer::make_topics(Writer& writer) {
  rd_kafka_t* client = writer.client.get();
  const auto make = [&](Handle<rd_kafka_topic_t>& handle, const std::string& name) -> Status {
    handle.reset(rd_kafka_topic_new(client, name.c_str(), nullptr));
    if (!handle) return error_from(rd_kafka_last_error(), "topic \"" + name + "\"");
    auto count = partition_count(client, name, kMetadataTimeoutMs);
    if (!count) return count.error();
    if (*count > 0) return {};
    return error_from(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "topic \"" + name + "\"");
  };
  if (Status status = make(writer.triggers, config_.topics.triggers); !status) return status;
  if (Status status = make(writer.decisions, config_.topics.decisions); !status) return status;
  if (Status status = make(writer.dead_letters, config_.topics.dead_letters); !status) {
    return status;
  }
  return make(writer.changelog, config_.topics.changelog);
}

void EpochProducer::on_delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto* self = static_cast<EpochProducer*>(opaque);
  if (auto error = delivery_error(*message)) {
    if (!self->delivery_failure_) self->delivery_failure_ = std::move(error);
  } else if (message->_private) {
    *static_cast<int64_t*>(message->_private) = message->offset + 1;
  }
}

// Called while committing only, hence late: whether brokers are there is for the consumer and its
// prober to say.
void EpochProducer::on_error(rd_kafka_t*, int code, const char* reason, void* opaque) {
  const auto error = static_cast<rd_kafka_resp_err_t>(code);
  if (!needs_people(error)) return;
  static_cast<EpochProducer*>(opaque)->health_.bad(error_from(error, "writing", reason).message);
}

Status EpochProducer::commit(Epoch& epoch, GroupConsumer& consumer) {
  if (writers_.empty()) return internal_error("commit after a failed commit");
  writer_ = writer_ == &writers_.front() ? &writers_.back() : &writers_.front();
  delivery_failure_.reset();
  commit_begun_ = false;
  Status status;
  {
    // Everything inside is bounded by twice the transaction's own timeout.
    Watchdog::Guard guard(watchdog_, "committing an epoch",
                          std::chrono::milliseconds(timeout_ms_ * 4));
    status = config_.delivery == Delivery::kExactlyOnce ? commit_exactly_once(epoch, consumer)
                                                        : commit_at_least_once(epoch, consumer);
    if (!status) status = judge_fencing(status.error());
    if (!status) give_up();
  }
  if (status) health_.good();
  return status;
}

// A fenced producer's successor may try again, unless it is fenced time after time.
Error EpochProducer::judge_fencing(Error error) const {
  const rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(writer_->client.get(), nullptr, 0);
  if (!is_fencing(fatal) || config_.fencing->may_try_again(worker_)) return error;
  return {Fault::kUser, std::move(error.message), false};
}

// The offsets go first: when the group has moved on, or another producer has taken over, that is
// what the error says, and nothing has been written.
Status EpochProducer::commit_exactly_once(Epoch& epoch, const GroupConsumer& consumer) {
  if (rd_kafka_error_t* error = rd_kafka_begin_transaction(writer_->client.get())) {
    return error_from(error, "beginning a transaction");
  }
  if (Status status = send_offsets(epoch, consumer); !status) return status;
  if (Status status = produce_outputs(epoch); !status) return status;
  if (Status status = produce_state(epoch); !status) return status;
  // What became of each record has to be known while the transaction can still be aborted.
  if (Status status = flush(); !status) return status;
  return end_transaction();
}

PartitionList EpochProducer::offsets_of(const Epoch& epoch, const std::string& metadata) const {
  PartitionList offsets(rd_kafka_topic_partition_list_new(static_cast<int>(epoch.shards.size())));
  for (const ShardEpoch& shard : epoch.shards) {
    rd_kafka_topic_partition_t* at = rd_kafka_topic_partition_list_add(
        offsets.get(), config_.topics.input.c_str(), shard.partition);
    at->offset = shard.next_offset;
    if (metadata.empty()) continue;
    at->metadata = strdup(metadata.c_str());  // the list's, which frees it
    at->metadata_size = metadata.size();
  }
  return offsets;
}

Status EpochProducer::send_offsets(const Epoch& epoch, const GroupConsumer& consumer) {
  const Membership membership = consumer.membership();
  if (!membership.group) return internal_error("commit before the first assignment");
  const PartitionList offsets = offsets_of(epoch, membership.owner);
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms_);
  while (true) {
    rd_kafka_error_t* error = rd_kafka_send_offsets_to_transaction(
        writer_->client.get(), offsets.get(), membership.group.get(), left_ms(deadline));
    if (!error) return {};
    const bool again = rd_kafka_error_is_retriable(error) &&
                       !rd_kafka_error_txn_requires_abort(error) && Clock::now() < deadline;
    Error ours = error_from(error, "adding the input offsets to the transaction");
    if (!again) return ours;
  }
}

Status EpochProducer::end_transaction() {
  commit_begun_ = true;
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms_);
  while (true) {
    // Resumable: after a retriable error the same commit goes on; nothing is sent twice.
    rd_kafka_error_t* error = rd_kafka_commit_transaction(writer_->client.get(), left_ms(deadline));
    if (!error) break;
    const bool again = rd_kafka_error_is_retriable(error) &&
                       !rd_kafka_error_txn_requires_abort(error) && Clock::now() < deadline;
    Error ours = error_from(error, "committing a transaction");
    if (!again) return ours;
  }
  return {};
}

// The outputs are written before the state: whoever takes over after a crash skips the input that
// the changelog says is worked in, so nothing may stand there whose triggers could still get lost.
// That is also why nobody has to wait for the offsets: a group that is behind the changelog repeats
// nothing. How they fared is asked before the next ones are sent.
Status EpochProducer::commit_at_least_once(Epoch& epoch, GroupConsumer& consumer) {
  if (Status status = produce_outputs(epoch); !status) return status;
  if (Status status = flush(); !status) return status;
  if (Status status = produce_state(epoch); !status) return status;
  if (Status status = flush(); !status) return status;
  if (Status status = consumer.await_offsets(timeout_ms_); !status) return status;
  return consumer.send_offsets(offsets_of(epoch, {}));
}

Status EpochProducer::flush() {
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms_);
  while (true) {
    // In short waits, since one after a failure might last until the deadline.
    rd_kafka_resp_err_t code = rd_kafka_flush(writer_->client.get(), kFlushTurnMs);
    if (delivery_failure_) return *delivery_failure_;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    if (Clock::now() > deadline) return error_from(code, "writing an epoch");
  }
}

// Aborting tells the broker at once what it would find out by a timeout. But never after the commit
// was begun: librdkafka 2.0.2 may still have it in its queue, and ends the process when it comes
// upon an abort there. Our successor's init_transactions decides such a transaction. The client is
// then destroyed, with its threads: only that is sure to end every use of the epoch's bytes.
void EpochProducer::give_up() {
  const bool fatal =
      rd_kafka_fatal_error(writer_->client.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
  if (config_.delivery == Delivery::kExactlyOnce && !fatal && !commit_begun_) {
    if (rd_kafka_error_t* error =
            rd_kafka_abort_transaction(writer_->client.get(), kAbortTimeoutMs)) {
      spdlog::warn("{}: aborting a transaction: {}", who_, rd_kafka_error_string(error));
      rd_kafka_error_destroy(error);
    }
  }
  rd_kafka_purge(writer_->client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(writer_->client.get(), 1000);
  writer_ = nullptr;
  writers_.clear();
}

}  // namespace sapa::kafka
