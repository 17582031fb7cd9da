// A shard that gets its state back from a changelog into a real store.
#include "engine/customer/rocks_options.h"
#include "engine/customer/rocks_store.h"
#include "tests/unit/customer_store/temporary_folder.h"
#include "tests/unit/runtime/fixture.h"

namespace sapa {
namespace {

constexpr const char* kWorkspace = R"(
policy: {timezone: Asia/Jakarta, locale: id-ID}
---
campaign: cart
channel: push
when: {event: Product Added, without: Order Completed, within: 30m, restart: true}
message: {title: Keranjang}
)";

/// The changelog of a shard that commits after each of these events of one customer.
class Changelog {
 public:
  Changelog(const std::shared_ptr<const Workspace>& workspace, const std::vector<int64_t>& seconds)
      : shard_(0, 0, workspace, std::make_unique<MemoryStore>(), {}) {
    for (int64_t second : seconds) {
      auto epoch = epoch_number(epochs_.size() + 1);
      std::string event =
          track("u1", "Product Added", at_second(second), "m" + std::to_string(epochs_.size()));
      EXPECT_TRUE(shard_
                      .on_record(record_item(shard_.next_offset(), event, at_second(second)),
                                 at_second(second), *epoch)
                      .ok());
      EXPECT_TRUE(shard_.take(*epoch));
      EXPECT_TRUE(shard_.committed(epoch->number, epoch->shards[0]).ok());
      epochs_.push_back(std::move(epoch));
    }
  }

  Status replay(Shard& into) const {
    int64_t position = 0;
    for (const auto& epoch : epochs_) {
      const ShardEpoch& part = epoch->shards[0];
      for (const CustomerChange& change : part.changes) {
        Status put = into.put_customer(change.customer_id, change.bytes, ++position);
        if (!put) return put;
      }
      if (Status put = into.put_meta(part.meta, ++position); !put) return put;
    }
    return {};
  }

 private:
  Shard shard_;
  std::vector<std::unique_ptr<Epoch>> epochs_;
};

std::vector<Timestamp> timers_of(CustomerStore& store) {
  std::vector<Timestamp> timers;
  EXPECT_TRUE(store
                  .timers_from({},
                               [&](const StoredTimer& timer) {
                                 timers.push_back(timer.due);
                                 return true;
                               })
                  .ok());
  return timers;
}

TEST(ShardRestore, ACheckpointInTheMiddleLeavesNoTimersBehind) {
  auto workspace = workspace_of(kWorkspace);
  Changelog changelog(workspace, {0, 600, 1200});
  TemporaryFolder folder;
  auto resources = std::make_shared<RocksResources>();
  RocksStoreSettings settings;
  settings.checkpoint_bytes = 0;  // after every epoch of the changelog
  {
    auto store = RocksStore::open(resources, folder.path(), settings);
    ASSERT_TRUE(store.ok());
    Shard shard(0, 3, workspace, std::move(*store), {});
    ASSERT_TRUE(changelog.replay(shard).ok());
    ASSERT_TRUE(shard.open().ok());
    ASSERT_TRUE(shard.checkpoint().ok());
  }
  auto store = RocksStore::open(resources, folder.path(), settings);
  ASSERT_TRUE(store.ok());
  EXPECT_EQ(timers_of(**store), std::vector<Timestamp>{at_second(1200 + 1800)});
}

}  // namespace
}  // namespace sapa
