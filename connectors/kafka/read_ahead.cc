#include "connectors/kafka/read_ahead.h"

#include <algorithm>

namespace sapa::kafka {
namespace {

constexpr int kTimeoutMs = 1000;

}  // namespace

ReadAhead::ReadAhead(rd_kafka_t* client, QueueLimit limit) : client_(client), limit_(limit) {}

ReadAhead::~ReadAhead() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void ReadAhead::took(std::span<rd_kafka_message_t* const> messages) {
  const rd_kafka_message_t* last = nullptr;
  for (const rd_kafka_message_t* message : messages) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    ++records_;
    bytes_ += message->key_len + message->len;
    if (last != nullptr && last->partition == message->partition) continue;
    last = message;
    if (std::find(partitions_.begin(), partitions_.end(), message->partition) ==
        partitions_.end()) {
      partitions_.push_back(message->partition);
    }
  }
  if (last == nullptr || (records_ < limit_.records / 4 && bytes_ < limit_.bytes / 4)) return;
  {
    std::lock_guard lock(mutex_);
    topic_ = rd_kafka_topic_name(last->rkt);
    to_ask_ = partitions_;
  }
  changed_.notify_one();
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  records_ = bytes_ = 0;
  partitions_.clear();
}

void ReadAhead::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !to_ask_.empty(); });
    if (stopping_) return;
    const std::vector<int32_t> partitions = std::move(to_ask_);
    to_ask_.clear();
    const std::string topic = topic_;
    lock.unlock();
    ask(topic, partitions);
    lock.lock();
  }
}

// Each partition's leader. The answer doesn't matter, nor whether there is one.
void ReadAhead::ask(const std::string& topic, const std::vector<int32_t>& partitions) {
  std::vector<PartitionOffset> offsets;
  for (int32_t partition : partitions) offsets.push_back({partition, kEndOffset});
  (void)query_offsets(client_, topic, offsets, kTimeoutMs);
}

}  // namespace sapa::kafka
