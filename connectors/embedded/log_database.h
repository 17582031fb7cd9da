// The embedded log's RocksDB: opened, checked, its column families by name. What is kept where is
// said in log_format.h. Thread-safe as RocksDB is.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/db.h>

#include "connectors/embedded/log_format.h"
#include "engine/base/result.h"

namespace sapa {
class RocksResources;
}

namespace sapa::embedded {

/// A shard's state as of its last commit.
struct CommittedShard {
  int64_t next_offset = 0;
  std::string meta;
};

inline std::string_view as_view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}
inline rocksdb::Slice as_slice(std::string_view text) { return {text.data(), text.size()}; }

class LogDatabase {
 public:
  enum class Mode { kSynced, kUnsynced, kReadOnly };

  /// `partitions` counts when the folder is new; an existing log keeps its own number.
  static Result<std::unique_ptr<LogDatabase>> open(std::shared_ptr<RocksResources> resources,
                                                   const std::string& folder, int32_t partitions,
                                                   Mode mode);
  ~LogDatabase();

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* small() const { return families_[0]; }
  rocksdb::ColumnFamilyHandle* events() const { return families_[1]; }
  rocksdb::ColumnFamilyHandle* stream(Stream stream) const {
    return families_[2 + static_cast<size_t>(stream)];
  }
  rocksdb::ColumnFamilyHandle* customers() const { return families_[5]; }
  rocksdb::ColumnFamilyHandle* timers() const { return families_[6]; }

  int32_t partitions() const { return partitions_; }

  Result<CommittedShard> committed(int32_t partition) const;
  /// One past the partition's last event.
  Result<int64_t> end_of_events(int32_t partition) const;
  Result<uint64_t> last_seq(Stream stream) const;

  uint64_t bytes_on_disk() const;

  Error error(const rocksdb::Status& status, const std::string& doing) const;

 private:
  LogDatabase() = default;
  Status read_or_write_format(int32_t partitions, bool read_only);

  std::shared_ptr<RocksResources> resources_;
  std::string folder_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  int32_t partitions_ = 0;
};

}  // namespace sapa::embedded
