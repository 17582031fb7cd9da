// The few things that all our uses of librdkafka share: owning handles, making a client from
// settings, its log, its health, and asking for offsets and partition counts.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "connectors/kafka/config.h"
#include "connectors/kafka/settings.h"
#include "engine/base/result.h"

namespace sapa::kafka {

struct HandleDeleter {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
  void operator()(rd_kafka_consumer_group_metadata_t* metadata) const {
    rd_kafka_consumer_group_metadata_destroy(metadata);
  }
};
template <typename T>
using Handle = std::unique_ptr<T, HandleDeleter>;
using Client = Handle<rd_kafka_t>;
using PartitionList = Handle<rd_kafka_topic_partition_list_t>;

/// Whether the brokers can be reached. Logged once per change. Any thread.
class Health {
 public:
  explicit Health(std::string who) : who_(std::move(who)) {}
  void bad(const std::string& why);
  void good();
  bool is_good() const { return good_.load(std::memory_order_relaxed); }
  std::string text() const;

 private:
  std::string who_;
  std::atomic<bool> good_{true};
  mutable std::mutex mutex_;
  std::string why_;  // guarded by mutex_
};

struct Callbacks {
  void* opaque = nullptr;
  void (*rebalance)(rd_kafka_t*, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*,
                    void*) = nullptr;
  void (*delivered)(rd_kafka_t*, const rd_kafka_message_t*, void*) = nullptr;
  void (*error)(rd_kafka_t*, int, const char*, void*) = nullptr;
};

/// `passed` comes after `settings`.
Result<Client> make_client(rd_kafka_type_t type, const Settings& settings,
                           const std::map<std::string, std::string>& passed,
                           const Callbacks& callbacks = {});

/// The value that a client's option has come out with; empty if there is none.
std::string option_of(rd_kafka_t* client, const char* name);

/// The answer to an admin request, which comes by `queue`; an error if it is one, or doesn't come.
/// With a queue of the request's own no answer can be taken for another's that came too late.
Result<Handle<rd_kafka_event_t>> await_answer(rd_kafka_queue_t* queue, int timeout_ms,
                                              const std::string& doing);

struct PartitionOffset {
  int32_t partition = 0;
  int64_t offset = 0;
};

// What query_offsets can ask for, besides a time in ms ("the first record not before").
inline constexpr int64_t kFirstOffset = -2;
/// The end: one past the last record, or past the last that is decided under read_committed.
inline constexpr int64_t kEndOffset = -1;

/// Asks the brokers, in one request each, within `timeout_ms`. Replaces each `offset`, which holds
/// what is asked for. A time after all records gives kEndOffset.
Status query_offsets(rd_kafka_t* client, const std::string& topic,
                     std::vector<PartitionOffset>& offsets, int timeout_ms);

/// 0 if there is no such topic.
Result<int32_t> partition_count(rd_kafka_t* client, const std::string& topic, int timeout_ms);

}  // namespace sapa::kafka
