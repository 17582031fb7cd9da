// What a checkpoint writes: the changes that a store has gathered, as keys and values of its column
// families (rocks_store.h says which), each family in the order of its keys, which RocksDB takes in
// several times as fast as they come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/db.h>

#include "engine/customer/pending_changes.h"

namespace sapa {

/// As numbers: the place among the database's column families.
enum class Family : size_t { kCustomers = 1, kTimers = 2, kMeta = 3 };

inline constexpr const char* kStoreFormat = "3";
/// In customers and timers: no customer's id, and before every timer's key.
inline constexpr std::string_view kPositionKey = "";

struct StoreBatch {
  const PendingChanges& changes;
  int64_t position = -1;
  std::string meta;
  bool restoring = false;  ///< it is not yet all that the changelog has
};

/// In one atomic write. `families`: by their numbers as Family.
rocksdb::Status write_batch(const StoreBatch& batch, rocksdb::DB& db,
                            const std::vector<rocksdb::ColumnFamilyHandle*>& families);

}  // namespace sapa
