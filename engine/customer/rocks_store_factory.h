// The state folders of a process, one a partition. A damaged one is set aside, so that the shard
// gets its state back from the changelog; one that no shard has used for long is deleted. Until
// then it is kept, so that a partition that comes back needs only the difference.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "engine/customer/rocks_store.h"

namespace sapa {

struct StateFolderSettings {
  RocksStoreSettings store;
  Duration keep = hours(24);  ///< a folder that no shard uses
  /// Told, on any thread, when a store is set aside: which, why, and where it is now.
  std::function<void(int32_t partition, const std::string& why, const std::string& to)> set_aside;
};

/// Opens `state_dir`/`name`-`partition`. What was set aside is beside it, with `.damaged` at the
/// end of its name; only the latest is kept. Thread-safe; outlives its stores.
class RocksStoreFactory final : public StoreFactory {
 public:
  RocksStoreFactory(std::shared_ptr<RocksResources> resources, std::string state_dir,
                    std::string name, StateFolderSettings settings = {});
  ~RocksStoreFactory() override;

  Result<std::unique_ptr<CustomerStore>> open(int32_t partition) override;

  std::string folder(int32_t partition) const;

  /// Deletes the folders that nobody has used for `settings.keep`. Happens by itself, too, once a
  /// minute.
  void delete_unused();

 private:
  Status set_aside(int32_t partition, const std::string& why);
  void release(int32_t partition);

  const std::shared_ptr<RocksResources> resources_;
  const std::string state_dir_, name_;
  const StateFolderSettings settings_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  /// Partitions, and by how many they are held or just being opened. Protected by mutex_.
  std::map<int32_t, int> open_;
  std::jthread housekeeper_;
};

}  // namespace sapa
