// A shard with a small workspace, over a store in memory, as several tests need it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/runtime/fixture.h"

namespace sapa {

inline constexpr const char* kShardWorkspace = R"(
policy: {timezone: Asia/Jakarta, locale: id-ID, deduplicate: {within: 1h, at_most: 8}}
metrics:
  orders: {count: Order Completed}
---
campaign: cart
channel: push
when: {event: Product Added, without: Order Completed, within: 30m, restart: true}
message: {title: Keranjang}
---
campaign: thanks
channel: popup
when: {event: Order Completed}
message: {title: "{{ metrics.orders }}"}
---
campaign: silent
channel: email
when: {nothing: any, for: 30d}
message: {title: Halo}
)";

class ShardTest : public testing::Test {
 protected:
  ShardTest() { make(0); }

  void make(int64_t next_offset) {
    shard_ = std::make_unique<Shard>(3, next_offset, workspace_,
                                     std::make_unique<LentStore>(store_), options_);
  }
  void put(const std::string& value, Timestamp received, std::string_view key = {}) {
    Status done = shard_->on_record(record_item(shard_->next_offset(), value, received, key),
                                    received, *epoch_);
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
  void event(const std::string& user, const std::string& name, int64_t second) {
    put(track(user, name, at_second(second), "m" + std::to_string(++messages_)), at_second(second));
  }
  /// The triggers since the last commit.
  std::vector<std::string> commit() {
    std::vector<std::string> triggers;
    if (shard_->take(*epoch_)) {
      triggers = triggers_of(epoch_->shards[0].outputs);
      EXPECT_TRUE(shard_->committed(epoch_->number, epoch_->shards[0]).ok());
    }
    epoch_ = epoch_number(epoch_->number + 1);
    return triggers;
  }
  Status fire(int64_t second) { return shard_->fire_timers(at_second(second), *epoch_); }

  std::shared_ptr<const Workspace> workspace_ = workspace_of(kShardWorkspace);
  MemoryStore store_;
  ShardOptions options_;
  std::unique_ptr<Shard> shard_;
  std::unique_ptr<Epoch> epoch_ = epoch_number(1);
  int messages_ = 0;
};

using Lines = std::vector<std::string>;

}  // namespace sapa
