#include "engine/customer/rocks_options.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

namespace sapa {
namespace {

/// LZ4 on every level: a point read decompresses one block, and LZ4 does that in about a
/// microsecond, where zstd would take several for a fifth less disk.
rocksdb::CompressionType fast_compression() {
  auto supported = rocksdb::GetSupportedCompressions();
  for (auto wanted : {rocksdb::kLZ4Compression, rocksdb::kSnappyCompression}) {
    if (std::find(supported.begin(), supported.end(), wanted) != supported.end()) return wanted;
  }
  return rocksdb::kNoCompression;
}

/// Hands RocksDB's warnings on instead of writing a file beside the data: Debian's build aborts the
/// process when that file cannot be written, so a full disk would kill an engine that could have
/// waited.
class ForwardingLogger final : public rocksdb::Logger {
 public:
  explicit ForwardingLogger(std::function<void(std::string_view)> log)
      : Logger(rocksdb::WARN_LEVEL), log_(std::move(log)) {}

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    // Tables that were taken over have none until they are compacted; nobody has to know.
    if (!log_ || std::strstr(format, "without unique ID") != nullptr) return;
    char line[512];
    int length = std::vsnprintf(line, sizeof line, format, arguments);
    if (length < 0) return;
    log_(std::string_view(line, std::min<size_t>(static_cast<size_t>(length), sizeof line - 1)));
  }

 private:
  std::function<void(std::string_view)> log_;
};

/// After a full disk RocksDB would go on by itself once there is room; then an assertion of 7.8's
/// (Debian builds with them) may end the process, when the manifest could not be written either. A
/// store that has failed is opened anew in any case.
class NoRecovery final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* automatic) override {
    *automatic = false;
  }
};

/// A restored store begins with many unsorted files. Reads look at their filters until they are
/// compacted; what is written need not wait for that.
void bear_unsorted_files(rocksdb::ColumnFamilyOptions& options) {
  options.level0_file_num_compaction_trigger = RocksResources::kFilesToCompact;
  options.level0_slowdown_writes_trigger = 2 * RocksResources::kFilesOfARestore;
  options.level0_stop_writes_trigger = 3 * RocksResources::kFilesOfARestore;
}

rocksdb::BlockBasedTableOptions tables(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.format_version = 5;
  table.block_cache = cache;
  // Filters and indexes count against the same memory, before data blocks in rank, so that a large
  // state cannot outgrow the number that the operator set.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  // In pieces: where they don't all fit, a read brings in one of them, not the megabyte that a file
  // has (with 21 million customers in a shard and 128 MB for RocksDB a read took a millisecond).
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.metadata_block_size = 16 << 10;
  table.metadata_cache_options.top_level_index_pinning = rocksdb::PinningTier::kAll;
  // What is not in pieces, of new small files, a reader of theirs holds by itself.
  table.metadata_cache_options.unpartitioned_pinning = rocksdb::PinningTier::kFlushedAndSimilar;
  return table;
}

}  // namespace

RocksResources::RocksResources(const RocksSettings& settings) : settings_(settings) {
  settings_.memory_bytes = std::max(settings_.memory_bytes, size_t{8} << 20);
  settings_.background_threads = std::max(settings_.background_threads, 1);
  // Fewer shard bits than the default: a small cache cut into 64 pieces could not hold a large
  // block in one.
  cache_ = rocksdb::NewLRUCache(settings_.memory_bytes, 4, /*strict_capacity_limit=*/false,
                                /*high_pri_pool_ratio=*/0.3);
  // A quarter for writes: larger buffers mean fewer flushes and less compaction, but what is read
  // again mostly lies in the engine's own cache of customers and then in blocks.
  write_buffers_ =
      std::make_shared<rocksdb::WriteBufferManager>(settings_.memory_bytes / 4, cache_);
  logger_ = std::make_shared<ForwardingLogger>(settings_.log);
  auto* env = rocksdb::Env::Default();
  env->SetBackgroundThreads(1, rocksdb::Env::HIGH);
  env->SetBackgroundThreads(settings_.background_threads, rocksdb::Env::LOW);
  // Compaction can wait, customers can't: after a large restore it would take whole cores.
  env->LowerThreadPoolCPUPriority(rocksdb::Env::LOW, rocksdb::CpuPriority::kLow)
      .PermitUncheckedError();
}

rocksdb::DBOptions RocksResources::common() const {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.write_buffer_manager = write_buffers_;
  options.max_background_jobs = settings_.background_threads + 1;
  // Many shards share one process's file descriptors.
  options.max_open_files = 256;
  // Written in steps of 1 MiB, a large compaction does not end in one long stall of the disk.
  options.bytes_per_sync = 1 << 20;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.info_log = logger_;
  options.info_log_level = rocksdb::WARN_LEVEL;
  if (settings_.adjust) settings_.adjust(options);
  return options;
}

rocksdb::DBOptions RocksResources::cache_database() const {
  rocksdb::DBOptions options = common();
  options.listeners.push_back(std::make_shared<NoRecovery>());
  return options;
}

rocksdb::DBOptions RocksResources::durable_database(bool synced) const {
  rocksdb::DBOptions options = common();
  // A torn record at the log's end is what a crash leaves: it was never acknowledged. When every
  // write was synced, anything torn before the end is damage, which must be seen; when none was,
  // the disk may have kept pages out of order, and what stands before the first hole is the newest
  // state that can be had.
  options.wal_recovery_mode = synced ? rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords
                                     : rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // One column family that is hardly written must not keep old write-ahead logs alive for ever.
  options.max_total_wal_size = std::max<uint64_t>(settings_.memory_bytes / 2, 16 << 20);
  options.recycle_log_file_num = 0;
  return options;
}

rocksdb::ColumnFamilyOptions RocksResources::point_reads() const {
  rocksdb::ColumnFamilyOptions options;
  auto table = tables(cache_);
  // 10 bits a key: a customer who is not there costs a disk read once in a hundred.
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  // Small blocks, since a read wants one record of a few hundred bytes; the hash index finds it
  // without a binary search.
  table.block_size = 4096;
  table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  table.data_block_hash_table_util_ratio = 0.75;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = fast_compression();
  options.write_buffer_size = std::clamp<size_t>(settings_.memory_bytes / 8, 1 << 20, 64 << 20);
  options.arena_block_size = 256 << 10;
  options.level_compaction_dynamic_level_bytes = true;
  bear_unsorted_files(options);
  return options;
}

rocksdb::ColumnFamilyOptions RocksResources::ordered_queue() const {
  rocksdb::ColumnFamilyOptions options;
  auto table = tables(cache_);
  // No filter: entries are found by seeking, never by their whole key. Larger blocks compress
  // better and are read in order.
  table.block_size = 16 << 10;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = fast_compression();
  options.write_buffer_size = std::clamp<size_t>(settings_.memory_bytes / 16, 1 << 20, 32 << 20);
  options.arena_block_size = 64 << 10;
  options.level_compaction_dynamic_level_bytes = true;
  bear_unsorted_files(options);
  // Deleted entries are rewritten away at the latest after a day, so that the front of a queue
  // stays quick to seek.
  options.periodic_compaction_seconds = 24 * 3600;
  return options;
}

rocksdb::ColumnFamilyOptions RocksResources::few_keys() const {
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(tables(cache_)));
  options.write_buffer_size = 1 << 20;
  options.arena_block_size = 16 << 10;
  bear_unsorted_files(options);
  return options;
}

RocksMemory RocksResources::memory() const {
  return {cache_->GetCapacity(), cache_->GetUsage(), cache_->GetPinnedUsage(),
          write_buffers_->memory_usage()};
}

bool is_damage(const rocksdb::Status& status) {
  return status.IsCorruption() || status.IsNotFound() || status.IsInvalidArgument() ||
         status.IsNotSupported() || status.IsPathNotFound();
}

Error rocks_error(const rocksdb::Status& status, const std::string& doing, const std::string& path,
                  bool rebuildable) {
  std::string text = doing + " in " + path + " failed: " + status.ToString();
  if (rebuildable ? is_damage(status) : status.IsCorruption()) {
    text += rebuildable
                ? ". The folder can't be used as it is. When it is opened again it is set aside, "
                  "and its state is "
                  "rebuilt from the changelog"
                : ". The folder is damaged. Restore it from a copy, or move it away to begin anew";
    return environment_error(std::move(text), rebuildable);
  }
  std::string words = status.ToString();
  if (rebuildable && words.find("lock hold by current process") != std::string::npos) {
    // A shard that has changed hands within the process: its former worker has yet to hear of it.
    text += ". Another worker of this process still has this folder open";
    return environment_error(std::move(text), true);
  }
  if (words.find("While lock file") != std::string::npos ||
      words.find("lock hold by") != std::string::npos) {
    text += ". Another process has this folder open; stop it, or choose another state folder";
    return environment_error(std::move(text), false);
  }
  if (status.subcode() == rocksdb::Status::kNoSpace) text += ". The disk is full; free some space";
  return environment_error(std::move(text), true);
}

}  // namespace sapa
