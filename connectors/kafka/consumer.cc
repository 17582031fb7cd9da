#include "connectors/kafka/consumer.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "connectors/kafka/errors.h"
#include "connectors/kafka/message.h"
#include "connectors/kafka/watchdog.h"

namespace sapa::kafka {
namespace {

constexpr size_t kBatch = 1000;
// A topic that was just created may be unknown to some broker for a moment.
constexpr auto kTopicPatience = std::chrono::seconds(30);
constexpr auto kLookAround = std::chrono::seconds(3);
// Leaving the group asks the coordinator, which may be out of reach for a while.
constexpr auto kClosingPatience = std::chrono::seconds(30);
constexpr int64_t kLastOffsetsMs = 5000;
constexpr const char* kCommittingOffsets = "committing the input offsets";

}  // namespace

GroupConsumer::GroupConsumer(const KafkaConfig& config, int worker,
                             const std::string& transactions_name, Health& health)
    : config_(config),
      worker_(worker),
      who_("worker " + std::to_string(worker)),
      transactions_name_(transactions_name),
      health_(health),
      messages_(kBatch) {}

Result<std::unique_ptr<GroupConsumer>> GroupConsumer::open(const KafkaConfig& config, int worker,
                                                           const std::string& transactions_name,
                                                           Health& health) {
  std::unique_ptr<GroupConsumer> consumer(
      new GroupConsumer(config, worker, transactions_name, health));
  Callbacks callbacks;
  callbacks.opaque = consumer.get();
  callbacks.rebalance = on_rebalance;
  callbacks.error = on_error;
  auto client = make_client(RD_KAFKA_CONSUMER, group_consumer_settings(config, worker),
                            options_for(config, ClientKind::kConsumer), callbacks);
  if (!client) return client.error();
  consumer->client_ = std::move(*client);
  if (Status status = consumer->start(); !status) return status.error();
  return consumer;
}

Status GroupConsumer::start() {
  rd_kafka_poll_set_consumer(client_.get());
  queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
  offset_answers_.reset(rd_kafka_queue_new(client_.get()));
  if (config_.delivery == Delivery::kExactlyOnce) {
    heir_ = std::make_unique<Heir>(config_, who_, transactions_name_, client_.get());
  }
  ahead_ = std::make_unique<ReadAhead>(client_.get(), kInputAhead);
  auto asking = make_client(RD_KAFKA_CONSUMER, reader_settings(config_, /*read_committed=*/true),
                            options_for(config_, ClientKind::kConsumer));
  if (!asking) return asking.error();
  prober_ = std::make_unique<EndProber>(std::move(*asking), config_.topics.input, config_.clock,
                                        health_, [this] { wake(); });
  PartitionList topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), config_.topics.input.c_str(),
                                    RD_KAFKA_PARTITION_UA);
  rd_kafka_resp_err_t code = rd_kafka_subscribe(client_.get(), topics.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return error_from(code, "subscribing to topic \"" + config_.topics.input + "\"");
}

// librdkafka 2.0.2 never ends a client whose topic was deleted while it read it.
GroupConsumer::~GroupConsumer() {
  if (!prober_) return;
  Watchdog watchdog(who_);
  const std::string doing =
      "closing the consumer" + (last_failure_.empty() ? "" : " (after: " + last_failure_ + ")");
  Watchdog::Guard guard(watchdog, doing.c_str(), kClosingPatience);
  (void)await_offsets(kLastOffsetsMs);
  // Leaves the group (a static member stays, as it should), which calls rebalance() once more.
  rd_kafka_consumer_close(client_.get());
  prober_.reset();
  ahead_.reset();
  offset_answers_.reset();
  heir_.reset();
  queue_.reset();
  client_.reset();
}

Status GroupConsumer::send_offsets(const PartitionList& offsets) {
  const rd_kafka_resp_err_t code =
      rd_kafka_commit_queue(client_.get(), offsets.get(), offset_answers_.get(), nullptr, nullptr);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_from(code, kCommittingOffsets);
  offsets_under_way_ = true;
  return {};
}

Status GroupConsumer::await_offsets(int64_t timeout_ms) {
  if (!std::exchange(offsets_under_way_, false)) return {};
  const Handle<rd_kafka_event_t> answer(
      rd_kafka_queue_poll(offset_answers_.get(), static_cast<int>(timeout_ms)));
  const rd_kafka_resp_err_t code =
      answer ? rd_kafka_event_error(answer.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  if (answer && passes(code) && code != RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS) return {};
  return error_from(code, kCommittingOffsets);
}

Status GroupConsumer::poll(Duration timeout, InputHandler& handler) {
  handler_ = &handler;
  failure_.reset();
  if (more_ready_) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(assign_at_ - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      assign_anew();
    } else {
      timeout = std::min(timeout, milliseconds(left.count()));
    }
  }
  collect(timeout);
  handler_ = nullptr;
  turn_into_items();
  if (!failure_ && !items_.empty()) handler.on_items(items_);
  for (size_t i = 0; i < message_count_; ++i) rd_kafka_message_destroy(messages_[i]);
  message_count_ = 0;
  const auto now = std::chrono::steady_clock::now();
  look_around(now);
  if ((topic_missing_since_ && now - *topic_missing_since_ > kTopicPatience) ||
      prober_->topic_missing_for() > kTopicPatience) {
    fail(error_from(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
                    "reading topic \"" + config_.topics.input + "\""));
  }
  if (!failure_) return {};
  last_failure_ = failure_->message;
  return std::move(*failure_);
}

// Where the partitions end is asked now and then, whether a timer wants to know or not: the
// question finds out what the consumer is silent about, brokers that swallow everything and topics
// that are gone or were made anew.
void GroupConsumer::look_around(std::chrono::steady_clock::time_point now) {
  if (now - looked_around_ < kLookAround) return;
  looked_around_ = now;
  for (size_t i = 0; i < partitions_.size(); ++i) {
    if (partitions_[i].held && partitions_[i].ready) prober_->ask(static_cast<int32_t>(i));
  }
}

// librdkafka's batch call waits for a full batch, so a single call waits for the first record and
// the batch call only takes what else is there. A rebalance that is served in the middle of a batch
// call leaves records in it of which it is unclear whether others were lost between them
// (librdkafka before 2.1): such a batch is thrown away whole and read again from where we know to
// be.
void GroupConsumer::collect(Duration timeout) {
  const int wait_ms = static_cast<int>(std::clamp<int64_t>(timeout.ms, 0, 60'000));
  rd_kafka_message_t* first = rd_kafka_consumer_poll(client_.get(), wait_ms);
  if (!first) return;
  messages_[0] = first;
  message_count_ = 1;
  rebalances_ = 0;
  const ssize_t more =
      rd_kafka_consume_batch_queue(queue_.get(), 0, messages_.data() + 1, kBatch - 1);
  if (more > 0) message_count_ += static_cast<size_t>(more);
  ahead_->took(std::span(messages_).first(message_count_));
  if (rebalances_ == 0) return;
  for (size_t i = 0; i < message_count_; ++i) rd_kafka_message_destroy(messages_[i]);
  message_count_ = 0;
  more_ready_ = true;
}

void GroupConsumer::turn_into_items() {
  items_.clear();
  headers_.clear();
  header_counts_.clear();
  witness_wanted_ = config_.clock && config_.clock->wants_witnesses();
  for (size_t i = 0; i < message_count_; ++i) {
    const rd_kafka_message_t& message = *messages_[i];
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      add_record(message);
    } else if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      add_read_to(message.partition, message.offset);
    } else {
      take_error(message);
    }
  }
  add_ends();
  // Only now, when headers_ no longer moves.
  size_t at = 0;
  for (const auto& [item, count] : header_counts_) {
    items_[item].record.headers = std::span(headers_).subspan(at, count);
    at += count;
  }
}

void GroupConsumer::add_record(const rd_kafka_message_t& message) {
  Partition* partition = held(message.partition);
  // Left over from an earlier assignment, or read twice.
  if (!partition || message.offset < partition->next_offset) return;
  partition->next_offset = message.offset + 1;
  InputItem& item = items_.emplace_back();
  item.partition = message.partition;
  item.offset = message.offset;
  item.record = record_of(message);
  if (witness_wanted_) config_.clock->witness(item.record.received);
  const size_t count = append_headers(message, headers_);
  if (count > 0) header_counts_.emplace_back(items_.size() - 1, count);
}

void GroupConsumer::add_read_to(int32_t number, int64_t offset) {
  Partition* partition = held(number);
  if (!partition || offset < partition->next_offset) return;
  partition->next_offset = offset;
  InputItem& item = items_.emplace_back();
  item.kind = InputItem::Kind::kReadTo;
  item.partition = number;
  item.offset = offset;
}

// An answer may be a moment older than what was read since. But an end that stays before it, while
// nothing more is read, belongs to another topic of the same name.
bool GroupConsumer::lies_before(const EndAnswer& answer, Partition& partition) {
  const auto now = std::chrono::steady_clock::now();
  if (answer.offset >= partition.next_offset) {
    partition.short_since.reset();
    return false;
  }
  if (!partition.short_since || partition.short_at != partition.next_offset) {
    partition.short_since = now;
    partition.short_at = partition.next_offset;
  }
  if (now - *partition.short_since < 2 * kLookAround) return false;
  fail(user_error("partition " + std::to_string(answer.partition) + " of topic \"" +
                  config_.topics.input + "\" ends at " + std::to_string(answer.offset) +
                  ", but was read to " + std::to_string(partition.next_offset) +
                  " before: the topic was made anew, or records that were acknowledged are gone; "
                  "use another group, or delete this one's offsets, its changelog topic and the "
                  "state folder"));
  return true;
}

void GroupConsumer::add_ends() {
  prober_->take_answers(answers_);
  for (const EndAnswer& answer : answers_) {
    Partition* partition = held(answer.partition);
    if (!partition) continue;
    if (lies_before(answer, *partition)) return;
    if (partition->next_offset < answer.offset) {
      // librdkafka may have passed a transaction's marker, which nobody sees, without being at the
      // end yet.
      PartitionList list(rd_kafka_topic_partition_list_new(1));
      auto* at = rd_kafka_topic_partition_list_add(list.get(), config_.topics.input.c_str(),
                                                   answer.partition);
      if (rd_kafka_position(client_.get(), list.get()) == RD_KAFKA_RESP_ERR_NO_ERROR &&
          at->offset > partition->next_offset) {
        add_read_to(answer.partition, at->offset);
      }
    }
    InputItem& item = items_.emplace_back();
    item.kind = InputItem::Kind::kEnd;
    item.partition = answer.partition;
    item.offset = answer.offset;
    item.as_of = answer.as_of;
  }
}

void GroupConsumer::take_error(const rd_kafka_message_t& message) {
  const std::string doing = "reading topic \"" + config_.topics.input + "\"";
  const rd_kafka_resp_err_t code = message.err;
  if (topic_is_missing(code)) {
    // Reported once only. poll() gives up when it has lasted.
    if (!topic_missing_since_) topic_missing_since_ = std::chrono::steady_clock::now();
    health_.bad(doing + ": there is no such topic");
    return;
  }
  if (code == RD_KAFKA_RESP_ERR__FATAL) {
    char reason[512];
    const rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(client_.get(), reason, sizeof reason);
    fail(fatal, doing, reason);
  } else if (needs_people(code) || is_fencing(code)) {
    fail(code, doing, rd_kafka_message_errstr(&message));
  } else if (passes(code)) {
    health_.bad(doing + ": " + rd_kafka_message_errstr(&message));
  } else {
    spdlog::warn("{}: {}: {}", who_, doing, rd_kafka_message_errstr(&message));
  }
}

}  // namespace sapa::kafka
