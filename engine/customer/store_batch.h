// What a checkpoint writes: the changes that a store has gathered, as keys and values of its column
// families (rocks_store.h says which), each family in the order of its keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <rocksdb/slice.h>
#include <rocksdb/status.h>

#include "engine/customer/pending_changes.h"

namespace sapa {

/// As numbers: the place among the database's column families.
enum class Family : size_t { kCustomers = 1, kTimers = 2, kMeta = 3 };

inline constexpr const char* kStoreFormat = "4";
/// In customers and timers, before and behind everything else: no customer's id, which is UTF-8,
/// and no timer's key.
inline constexpr std::string_view kFirstKey = "";
inline constexpr std::string_view kLastKey = "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";

/// As the store keeps it.
std::string position_bytes(int64_t position);

struct StoreBatch {
  const PendingChanges& changes;
  int64_t position = -1;
  std::string meta;
  bool restoring = false;  ///< it is not yet all that the changelog has
};

/// Takes a batch's entries: family by family, each in the order of its keys, no key twice.
class EntrySink {
 public:
  virtual ~EntrySink() = default;
  virtual rocksdb::Status put(Family family, const rocksdb::Slice& key,
                              const rocksdb::Slice& value) = 0;
  virtual rocksdb::Status remove(Family family, const rocksdb::Slice& key) = 0;
};
/// Gives the sink's first error.
rocksdb::Status write_entries(const StoreBatch& batch, EntrySink& sink);

}  // namespace sapa
