// The part of EpochProducer that hands an epoch's records to librdkafka. Values are not copied:
// they are the epoch's until commit() returns. (Keys are always copied by librdkafka.)
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "connectors/kafka/changelog.h"
#include "connectors/kafka/errors.h"
#include "connectors/kafka/producer.h"

namespace sapa::kafka {
namespace {

constexpr size_t kBatch = 1000;
constexpr int kRoomWaitMs = 10;

// librdkafka takes void*, but doesn't write to what it is not asked to free.
void* bytes_of(std::string_view text) { return const_cast<char*>(text.data()); }

// A broker refuses times more than an hour ahead by default, and would refuse the epoch again and
// again.
int64_t record_time(Timestamp time) {
  const int64_t now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
  return time.ms > 0 ? std::min(time.ms, now_ms) : now_ms;
}

rd_kafka_headers_t* headers_of(std::span<const Header> headers) {
  if (headers.empty()) return nullptr;
  rd_kafka_headers_t* made = rd_kafka_headers_new(headers.size());
  for (const Header& header : headers) {
    rd_kafka_header_add(made, header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value.data(), static_cast<ssize_t>(header.value.size()));
  }
  return made;
}

size_t header_bytes(std::span<const Header> headers) {
  size_t bytes = 0;
  for (const Header& header : headers) bytes += header.name.size() + header.value.size() + 10;
  return bytes;
}

// A record that its topic refuses for its size would fail this epoch and every one after it.
// So of one that is too large only the beginning is kept, with our headers, which say where the
// whole is.
void cut_dead_letter(const OutputRecord& output, size_t limit, std::string_view& key,
                     std::string_view& value, rd_kafka_headers_t*& headers) {
  constexpr size_t kRoom = 256;
  size_t around = output.key.size() + header_bytes(output.headers) + kRoom;
  if (around + output.value.size() <= limit) return;
  if (around > limit / 2) {
    constexpr size_t kMostKeyBytes = 1024;
    std::vector<Header> ours;
    for (const Header& header : output.headers) {
      if (header.name.starts_with("sapa-") && header.value.size() <= kMostKeyBytes) {
        ours.push_back(header);
      }
    }
    rd_kafka_headers_destroy(headers);
    headers = headers_of(ours);
    key = key.substr(0, kMostKeyBytes);
    around = key.size() + header_bytes(ours) + kRoom;
  }
  const std::string size = std::to_string(output.value.size());
  value = value.substr(0, limit - std::min(limit, around));
  rd_kafka_header_add(headers, "sapa-cut-from", -1, size.data(), static_cast<ssize_t>(size.size()));
}

}  // namespace

Status EpochProducer::produce_outputs(const Epoch& epoch) {
  for (const ShardEpoch& shard : epoch.shards) {
    for (const OutputRecord& output : shard.outputs) {
      if (Status status = produce_output(output); !status) return status;
    }
  }
  return {};
}

Status EpochProducer::produce_state(Epoch& epoch) {
  for (ShardEpoch& shard : epoch.shards) {
    if (Status status = produce_changes(shard); !status) return status;
    if (Status status = produce_meta(shard); !status) return status;
  }
  return {};
}

Status EpochProducer::produce_output(const OutputRecord& output) {
  rd_kafka_topic_t* topic = output.stream == Stream::kTriggers    ? writer_->triggers.get()
                            : output.stream == Stream::kDecisions ? writer_->decisions.get()
                                                                  : writer_->dead_letters.get();
  std::string_view key = output.key, value = output.value;
  rd_kafka_headers_t* headers = headers_of(output.headers);
  if (output.stream == Stream::kDeadLetters) {
    cut_dead_letter(output, static_cast<size_t>(config_.dead_letter_max_bytes), key, value,
                    headers);
  }
  const int64_t time_ms = record_time(output.time);
  while (true) {
    const rd_kafka_resp_err_t code = rd_kafka_producev(
        writer_->client.get(), RD_KAFKA_V_RKT(topic),
        RD_KAFKA_V_KEY(key.empty() ? nullptr : key.data(), key.size()),
        RD_KAFKA_V_VALUE(bytes_of(value), value.size()), RD_KAFKA_V_MSGFLAGS(0),
        RD_KAFKA_V_TIMESTAMP(time_ms), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    Status status =
        code == RD_KAFKA_RESP_ERR__QUEUE_FULL
            ? make_room()
            : Status(error_from(
                  code, "writing to topic \"" + std::string(rd_kafka_topic_name(topic)) + "\""));
    if (status) continue;
    if (headers) rd_kafka_headers_destroy(headers);
    return status;
  }
}

// One partition for all, so librdkafka's batch call takes them without choosing a partition or
// locking for each.
Status EpochProducer::produce_changes(ShardEpoch& shard) {
  for (size_t begin = 0; begin < shard.changes.size(); begin += kBatch) {
    const size_t count = std::min(kBatch, shard.changes.size() - begin);
    size_t key_bytes = 0;
    for (size_t i = 0; i < count; ++i) key_bytes += shard.changes[begin + i].customer_id.size() + 1;
    keys_.clear();
    keys_.reserve(key_bytes);  // the batch points into it
    batch_.assign(count, rd_kafka_message_t{});
    for (size_t i = 0; i < count; ++i) {
      const CustomerChange& change = shard.changes[begin + i];
      rd_kafka_message_t& message = batch_[i];
      message.key = keys_.data() + keys_.size();
      message.key_len = change.customer_id.size() + 1;
      keys_.push_back(kCustomerKey);
      keys_.append(change.customer_id);
      message.payload = change.bytes.empty() ? nullptr : bytes_of(change.bytes);
      message.len = change.bytes.size();
    }
    for (size_t done = 0; done < count;) {
      const int taken =
          rd_kafka_produce_batch(writer_->changelog.get(), shard.partition, 0, batch_.data() + done,
                                 static_cast<int>(count - done));
      done += static_cast<size_t>(taken);
      if (done == count) break;
      // What was refused follows what was taken: when the queue is full all the rest is refused.
      const rd_kafka_resp_err_t code = batch_[done].err;
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        return error_from(code, "writing to topic \"" + config_.topics.changelog + "\"");
      }
      if (Status status = make_room(); !status) return status;
    }
  }
  return {};
}

Status EpochProducer::produce_meta(ShardEpoch& shard) {
  while (true) {
    if (rd_kafka_produce(writer_->changelog.get(), shard.partition, 0, bytes_of(shard.meta),
                         shard.meta.size(), kMetaKey.data(), kMetaKey.size(),
                         &shard.changelog_position) == 0) {
      return {};
    }
    const rd_kafka_resp_err_t code = rd_kafka_last_error();
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      return error_from(code, "writing to topic \"" + config_.topics.changelog + "\"");
    }
    if (Status status = make_room(); !status) return status;
  }
}

Status EpochProducer::make_room() {
  rd_kafka_poll(writer_->client.get(), kRoomWaitMs);
  if (delivery_failure_) return *delivery_failure_;
  return {};
}

}  // namespace sapa::kafka
