// The part of GroupConsumer that takes and gives up partitions. Where a shard starts is asked of
// the group with stable offsets, so that a predecessor's transaction that is still being decided is
// waited for.
#include <algorithm>
#include <chrono>
#include <thread>

#include <spdlog/spdlog.h>

#include "connectors/kafka/consumer.h"
#include "connectors/kafka/errors.h"

namespace sapa::kafka {
namespace {

// A predecessor that was killed within its first transaction keeps its offsets undecided until that
// times out, which transaction.timeout.ms says (20 s here).
constexpr auto kStartPatience = std::chrono::seconds(150);
constexpr int kTimeoutMs = 5000;
constexpr auto kPause = std::chrono::milliseconds(100);
// An assignment of more partitions takes the place of the one before: all fetching is stopped and
// begun again. librdkafka 2.0.2 ends the process when the next one comes before everything has
// stopped ("Assertion rktp->rktp_started failed"). So partitions that become ready together are
// taken together, and the next ones after a while.
constexpr auto kGathering = std::chrono::milliseconds(30);
constexpr auto kStopping = std::chrono::milliseconds(500);

std::string names(const rd_kafka_topic_partition_list_t* partitions) {
  std::string text;
  for (int i = 0; i < partitions->cnt; ++i) {
    if (i > 0) text += ",";
    text += std::to_string(partitions->elems[i].partition);
  }
  return text.empty() ? "none" : text;
}

}  // namespace

void GroupConsumer::on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t event,
                                 rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  static_cast<GroupConsumer*>(opaque)->rebalance(event, partitions);
}

void GroupConsumer::on_error(rd_kafka_t* client, int code, const char* reason, void* opaque) {
  auto* self = static_cast<GroupConsumer*>(opaque);
  auto error = static_cast<rd_kafka_resp_err_t>(code);
  if (error == RD_KAFKA_RESP_ERR__FATAL) {
    char text[512];
    error = rd_kafka_fatal_error(client, text, sizeof text);
    self->fail(error, "being a member of group \"" + self->config_.group + "\"", text);
  } else if (needs_people(error) || is_fencing(error)) {
    self->fail(error, "talking to Kafka", reason);
  } else if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || error == RD_KAFKA_RESP_ERR__RESOLVE) {
    self->health_.bad(std::string("Kafka is out of reach: ") + reason);
  }
}

void GroupConsumer::fail(Error error) {
  if (!failure_) failure_ = std::move(error);
}

void GroupConsumer::fail(rd_kafka_resp_err_t code, const std::string& doing, const char* reason) {
  if (failure_) return;
  failure_ = error_from(code, doing, reason);
  if (is_fencing(code) && !config_.fencing->may_try_again(worker_)) {
    failure_->fault = Fault::kUser;
    failure_->retriable = false;
  }
}

GroupConsumer::Partition* GroupConsumer::held(int32_t number) {
  const auto index = static_cast<size_t>(number);
  return index < partitions_.size() && partitions_[index].held ? &partitions_[index] : nullptr;
}

Membership GroupConsumer::membership() const {
  std::lock_guard lock(membership_mutex_);
  return membership_;
}

void GroupConsumer::note_membership() {
  Membership now;
  now.group = {rd_kafka_consumer_group_metadata(client_.get()), HandleDeleter()};
  if (heir_) {
    char* id = rd_kafka_memberid(client_.get());
    now.owner = to_metadata({transactions_name_, id ? id : ""});
    if (id) rd_kafka_mem_free(client_.get(), id);
  }
  std::lock_guard lock(membership_mutex_);
  membership_ = std::move(now);
}

int64_t GroupConsumer::lag(int32_t number) const {
  const auto index = static_cast<size_t>(number);
  if (index >= partitions_.size() || !partitions_[index].held) return -1;
  int64_t low = 0, high = 0;
  if (rd_kafka_get_watermark_offsets(client_.get(), config_.topics.input.c_str(), number, &low,
                                     &high) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      high < 0) {
    return -1;
  }
  return std::max<int64_t>(0, high - partitions_[index].next_offset);
}

void GroupConsumer::rebalance(rd_kafka_resp_err_t event,
                              rd_kafka_topic_partition_list_t* partitions) {
  ++rebalances_;
  if (event != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    revoke();
    rd_kafka_assign(client_.get(), nullptr);
    if (event != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
      fail(error_from(event, "being a member of group \"" + config_.group + "\""));
    }
    return;
  }
  Status status = handler_ && !failure_ ? assign(partitions) : Status();
  if (handler_ && !failure_ && status) return;
  if (!status) fail(status.error());
  // librdkafka waits for an answer, also from a connection that is about to go.
  rd_kafka_assign(client_.get(), nullptr);
}

Status GroupConsumer::assign(rd_kafka_topic_partition_list_t* partitions) {
  spdlog::info("{}: takes partitions {} of {}", who_, names(partitions), config_.topics.input);
  note_membership();
  std::vector<Assignment> assignments;
  if (partitions->cnt > 0) {
    topic_missing_since_.reset();
    if (heir_) {
      // If it can't, a dead owner's transaction is waited for.
      if (Status settled = heir_->settle(partitions); !settled) {
        spdlog::warn("{}: {}", who_, settled.error().message);
      }
    }
    if (Status status = find_start(partitions, assignments); !status) return status;
  }
  for (const Assignment& assignment : assignments) {
    const auto index = static_cast<size_t>(assignment.partition);
    if (index >= partitions_.size()) partitions_.resize(index + 1);
    partitions_[index] = {true, false, assignment.next_offset, {}, 0};
  }
  held_count_ = assignments.size();
  // Nothing is fetched yet: each partition is added when its shard has its state back. (Pausing
  // instead would be usual, but doesn't go together with batches in this librdkafka.)
  PartitionList none(rd_kafka_topic_partition_list_new(1));
  rd_kafka_resp_err_t code = rd_kafka_assign(client_.get(), none.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return error_from(code, "starting to read topic \"" + config_.topics.input + "\"");
  }
  handler_->on_assigned(assignments);
  return {};
}

void GroupConsumer::start_reading(int32_t number) {
  Partition* partition = held(number);
  if (!partition || partition->ready) return;
  partition->ready = true;
  const auto now = std::chrono::steady_clock::now();
  const auto is_waiting = [](const Partition& one) { return one.held && !one.ready; };
  const bool others_open = std::any_of(partitions_.begin(), partitions_.end(), is_waiting);
  if (!more_ready_) assign_at_ = std::max(assign_at_, now + kGathering);
  if (!others_open) assign_at_ = std::min(assign_at_, std::max(now, assigned_at_ + kStopping));
  more_ready_ = true;
}

Status GroupConsumer::find_start(rd_kafka_topic_partition_list_t* partitions,
                                 std::vector<Assignment>& assignments) {
  const auto deadline = std::chrono::steady_clock::now() + kStartPatience;
  while (true) {
    Status status = try_find_start(partitions, assignments);
    if (status || !status.error().retriable) return status;
    if (std::chrono::steady_clock::now() > deadline) return status;
    health_.bad(status.error().message);
    std::this_thread::sleep_for(kPause);
  }
}

Status GroupConsumer::try_find_start(rd_kafka_topic_partition_list_t* partitions,
                                     std::vector<Assignment>& assignments) {
  const std::string& topic = config_.topics.input;
  const std::string doing = "asking for the committed offsets of group \"" + config_.group + "\"";
  // read_committed makes this wait for transactions that are being decided.
  rd_kafka_resp_err_t code = rd_kafka_committed(client_.get(), partitions, kTimeoutMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_from(code, doing);
  std::vector<PartitionOffset> ends, starts;
  const std::string reset = option_of(client_.get(), "auto.offset.reset");
  const bool from_end = reset == "latest" || reset == "largest" || reset == "end";
  for (int i = 0; i < partitions->cnt; ++i) {
    const rd_kafka_topic_partition_t& at = partitions->elems[i];
    if (at.err != RD_KAFKA_RESP_ERR_NO_ERROR) return error_from(at.err, doing);
    ends.push_back({at.partition, kEndOffset});
    if (at.offset < 0) starts.push_back({at.partition, from_end ? kEndOffset : kFirstOffset});
  }
  if (!starts.empty() && reset == "error") {
    return user_error("group \"" + config_.group + "\" has no committed offset for topic \"" +
                      topic + "\", and auto.offset.reset is \"error\"");
  }
  if (Status status = query_offsets(client_.get(), topic, ends, kTimeoutMs); !status) return status;
  if (Status status = query_offsets(client_.get(), topic, starts, kTimeoutMs); !status) {
    return status;
  }
  assignments.clear();
  for (int i = 0, start = 0; i < partitions->cnt; ++i) {
    rd_kafka_topic_partition_t& at = partitions->elems[i];
    const int64_t end = ends[static_cast<size_t>(i)].offset;
    if (at.offset < 0) at.offset = starts[static_cast<size_t>(start++)].offset;
    if (at.offset > end) {
      return user_error("group \"" + config_.group + "\" stands at offset " +
                        std::to_string(at.offset) + " of partition " +
                        std::to_string(at.partition) + " of topic \"" + topic +
                        "\", which ends at " + std::to_string(end) +
                        ": the topic was made anew; use another group, or delete this one's "
                        "offsets, its changelog topic and the state folder");
    }
    assignments.push_back({at.partition, at.offset});
  }
  return {};
}

void GroupConsumer::revoke() {
  const bool lost = rd_kafka_assignment_lost(client_.get()) != 0;
  if (held_count_ > 0 && handler_) {
    spdlog::info("{}: {} its partitions", who_, lost ? "has lost" : "gives up");
    if (lost) {
      handler_->on_lost();
    } else {
      handler_->on_revoked();
    }
  }
  partitions_.clear();
  held_count_ = 0;
  prober_->forget();
}

void GroupConsumer::assign_anew() {
  more_ready_ = false;
  if (held_count_ == 0) return;
  assigned_at_ = std::chrono::steady_clock::now();
  assign_at_ = assigned_at_ + kStopping;
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(held_count_)));
  for (size_t i = 0; i < partitions_.size(); ++i) {
    if (!partitions_[i].ready) continue;
    rd_kafka_topic_partition_list_add(list.get(), config_.topics.input.c_str(),
                                      static_cast<int32_t>(i))
        ->offset = partitions_[i].next_offset;
  }
  rd_kafka_resp_err_t code = rd_kafka_assign(client_.get(), list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    fail(error_from(code, "reading topic \"" + config_.topics.input + "\" on"));
  }
}

}  // namespace sapa::kafka
