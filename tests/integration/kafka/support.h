// What the tests against a real broker share: fresh topics for each test, a worker that writes down
// what it is told, and plain reading and writing beside the code under test.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include "connectors/kafka/config.h"
#include "connectors/kafka/connection.h"
#include "engine/ports/log.h"

namespace sapa::kafka {

/// Fails the test when SAPA_TEST_BOOTSTRAP is not set: without a broker nothing is proven.
std::string bootstrap_servers();

/// Topics and group with names of this test's own; the topics are made.
KafkaConfig fresh_config(int32_t partitions = 2);
/// The same without making topics.
KafkaConfig fresh_names(int32_t partitions = 2);

std::unique_ptr<KafkaConnection> connect(const KafkaConfig& config, int worker = 0);

struct SeenRecord {
  int32_t partition = 0;
  int64_t offset = 0;
  std::string key;
  std::string value;
  bool has_value = true;
  std::map<std::string, std::string> headers;
  int64_t time_ms = 0;
};

/// Writes down what it is told.
class Witness : public InputHandler {
 public:
  void on_items(std::span<const InputItem> items) override;
  void on_assigned(std::span<const Assignment> assignments) override;
  void on_revoked() override {
    ++revoked;
    if (before_revoke) before_revoke();
    assigned.clear();
  }
  void on_lost() override {
    ++lost;
    assigned.clear();
  }

  std::vector<SeenRecord> records;
  std::map<int32_t, int64_t> read_to;  ///< by partition: the highest kReadTo
  struct End {
    int64_t offset = 0;
    int64_t as_of_ms = 0;
  };
  std::map<int32_t, End> ends;          ///< the latest kEnd
  std::map<int32_t, int64_t> assigned;  ///< next_offset by partition, while assigned
  int assignments = 0, revoked = 0, lost = 0;
  std::function<void()> before_revoke;
};

/// Polls until `done`, reading every partition that is assigned, and fails the test after
/// `seconds`.
void poll_until(Connection& connection, InputHandler& handler, const std::function<bool()>& done,
                int seconds = 20);

void publish(const std::string& topic, int32_t partition, const std::string& key,
             const std::string& value, const std::map<std::string, std::string>& headers = {},
             int64_t time_ms = 0);

/// All records between a topic's start and its present end.
std::vector<SeenRecord> read_all(const KafkaConfig& config, const std::string& topic,
                                 bool committed = true);

/// A transactional producer beside the code under test.
class PlainTransaction {
 public:
  explicit PlainTransaction(const std::string& id);
  ~PlainTransaction();
  void begin();
  void produce(const std::string& topic, int32_t partition, const std::string& key,
               const std::string& value);
  /// As an engine does that is in no group.
  void send_offset(const std::string& group, const std::string& topic, int32_t partition,
                   int64_t offset);
  void commit();
  bool try_to_commit();
  void abort();

 private:
  rd_kafka_t* client_;
};

/// An epoch whose bytes are its own.
class EpochMaker {
 public:
  EpochMaker() : epoch(std::make_unique<Epoch>()) {}
  ShardEpoch& shard(int32_t partition, int64_t next_offset, const std::string& meta);
  void change(ShardEpoch& shard, const std::string& id, const std::string& bytes);
  void output(ShardEpoch& shard, Stream stream, const std::string& key, const std::string& value);

  std::unique_ptr<Epoch> epoch;
};

int64_t wall_ms();

}  // namespace sapa::kafka
