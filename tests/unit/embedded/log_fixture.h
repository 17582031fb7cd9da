// An embedded log in a folder of its own, a worker that remembers what it is told, and epochs in
// one line.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "connectors/embedded/embedded_log.h"
#include "engine/customer/rocks_options.h"
#include "tests/unit/customer_store/temporary_folder.h"

namespace sapa {

struct RememberingHandler final : InputHandler {
  struct Item {
    InputItem::Kind kind;
    int32_t partition;
    int64_t offset;
    std::string key, value;
    Timestamp time;
  };
  void on_items(std::span<const InputItem> given) override {
    for (const InputItem& item : given) {
      bool is_record = item.kind == InputItem::Kind::kRecord;
      items.push_back({item.kind, item.partition, item.offset, std::string(item.record.key),
                       std::string(item.record.value),
                       is_record ? item.record.received : item.as_of});
    }
  }
  void on_assigned(std::span<const Assignment> given) override {
    assigned.assign(given.begin(), given.end());
  }
  void on_revoked() override {}
  void on_lost() override {}

  std::vector<std::string> values(int32_t partition) const {
    std::vector<std::string> out;
    for (const Item& item : items) {
      if (item.kind == InputItem::Kind::kRecord && item.partition == partition) {
        out.push_back(item.value);
      }
    }
    return out;
  }

  std::vector<Item> items;
  std::vector<Assignment> assigned;
};

/// Polls; what gets assigned is read from the next time on.
inline Status poll(Connection& connection, Duration timeout, RememberingHandler& handler) {
  Status status = connection.poll(timeout, handler);
  for (const Assignment& given : handler.assigned) connection.start_reading(given.partition);
  return status;
}

class EmbeddedLogTest : public testing::Test {
 protected:
  void open(EmbeddedSettings settings = {}) {
    log_.reset();
    settings.wall_clock = [this] { return now_.load(); };
    auto opened = EmbeddedLog::open(resources_, folder_.path() + "/log", settings);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    log_ = *opened;
  }

  void append(const std::string& customer, const std::string& value) {
    auto status = log_->append_and_wait({{customer, value}});
    ASSERT_TRUE(status.ok()) << status.error().message;
  }

  /// One epoch of one shard.
  struct Work {
    int32_t partition = 0;
    int64_t next_offset = 0;
    std::vector<std::string> triggers = {};
    std::vector<CustomerChange> changes = {};
    std::string meta = {};
    std::vector<std::string> decisions = {};
  };
  Status commit(Connection& connection, const Work& work) {
    Epoch epoch;
    ShardEpoch shard;
    shard.partition = work.partition;
    shard.next_offset = work.next_offset;
    shard.meta = work.meta;
    shard.changes = work.changes;
    for (const auto& trigger : work.triggers) {
      const std::string& key = keys_.emplace_back("customer-of-" + trigger);
      shard.outputs.push_back({Stream::kTriggers, key, trigger, {}, {5}});
    }
    for (const auto& decision : work.decisions) {
      shard.outputs.push_back({Stream::kDecisions, "c", decision, {}, {5}});
    }
    epoch.shards.push_back(std::move(shard));
    return connection.commit(epoch);
  }

  std::vector<std::string> read_values(Stream stream, uint64_t after = 0, size_t limit = 1000) {
    std::vector<std::string> values;
    auto entries = log_->read(stream, after, limit);
    EXPECT_TRUE(entries.ok());
    if (entries.ok()) {
      for (const auto& entry : *entries) values.push_back(entry->value);
    }
    return values;
  }

  std::atomic<Timestamp> now_ = Timestamp{1'000'000};  ///< the log's writer reads it too
  TemporaryFolder folder_;
  std::shared_ptr<RocksResources> resources_ =
      std::make_shared<RocksResources>(RocksSettings{size_t{16} << 20, 1});
  std::shared_ptr<EmbeddedLog> log_;
  std::list<std::string> keys_;
};

}  // namespace sapa
