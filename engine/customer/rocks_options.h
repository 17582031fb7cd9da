// Every RocksDB setting of the engine, with its reason, and what all databases of the process
// share: one block cache with the write buffers charged to it, and one pool of background threads.
// So the memory that RocksDB takes is one number which the operator sets, however many shards there
// are.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <rocksdb/options.h>

#include "engine/base/result.h"

namespace rocksdb {
class Cache;
class Logger;
class WriteBufferManager;
}  // namespace rocksdb

namespace sapa {

struct RocksSettings {
  size_t memory_bytes = size_t{256} << 20;  ///< block cache and write buffers together
  int background_threads = 2;               ///< flushes and compactions of all databases
  /// RocksDB's warnings and errors, a line each, on any thread; dropped if none is given.
  std::function<void(std::string_view)> log = {};
  /// For tests: the last word about a database's options.
  std::function<void(rocksdb::DBOptions&)> adjust = {};
};

/// Bytes, for metrics.
struct RocksMemory {
  size_t capacity = 0;
  size_t cached = 0;  ///< blocks, filters and the write buffers' share
  size_t pinned = 0;
  size_t write_buffers = 0;  ///< of all databases
};

/// Shared by all databases of a process; outlives them. Thread-safe.
class RocksResources {
 public:
  explicit RocksResources(const RocksSettings& settings = {});

  /// A store that can be rebuilt from the changelog.
  rocksdb::DBOptions cache_database() const;
  /// A database that is the truth itself: writes go through the write-ahead log. `synced`: each is
  /// on the disk when it returns; else a power cut may lose the newest ones.
  rocksdb::DBOptions durable_database(bool synced) const;

  /// Large numbers of small records, read one at a time and mostly by keys that exist.
  rocksdb::ColumnFamilyOptions point_reads() const;
  /// A queue by time or number: scanned from the front, deleted behind it.
  rocksdb::ColumnFamilyOptions ordered_queue() const;
  /// A handful of keys.
  rocksdb::ColumnFamilyOptions few_keys() const;

  /// So many unsorted files are merged into the sorted ones; in a store that is being restored
  /// nothing is until there are so many, since each merging reads and writes much of what is there.
  static constexpr int kFilesToCompact = 8, kFilesOfARestore = 128;

  /// Beside this memory there is half as much for what stores have yet to write: one half of it for
  /// what they gather, one for what they are writing. Those that are open divide it among them;
  /// those that are being restored do so as if they were alone, and have three times as much.
  class Share {
   public:
    Share(RocksResources& resources, bool restoring)
        : memory_bytes_(resources.settings_.memory_bytes / 4 * (restoring ? 3 : 1)),
          sharers_(restoring ? resources.restoring_ : resources.open_) {
      ++sharers_;
    }
    ~Share() { --sharers_; }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    size_t bytes() const { return of(memory_bytes_); }
    /// An equal part.
    size_t of(size_t whole) const { return whole / sharers_.load(); }

   private:
    const size_t memory_bytes_;
    std::atomic<size_t>& sharers_;
  };

  RocksMemory memory() const;

 private:
  rocksdb::DBOptions common() const;

  RocksSettings settings_;
  std::shared_ptr<rocksdb::Cache> cache_;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffers_;
  std::shared_ptr<rocksdb::Logger> logger_;
  std::atomic<size_t> open_ = 0, restoring_ = 0;
};

/// The bytes on the disk are not what was written, so that only making them anew can help.
bool is_damage(const rocksdb::Status& status);

/// As an environment error: what was being done, RocksDB's own words, and the remedy where there is
/// one. `rebuildable`: the folder may be deleted, since the changelog holds it all.
Error rocks_error(const rocksdb::Status& status, const std::string& doing, const std::string& path,
                  bool rebuildable);

}  // namespace sapa
