// How a store writes while it is restored from nothing: each batch becomes files of RocksDB's own
// format, beside the thread that gathers the next batch, and RocksDB takes them over in one atomic
// step. So nothing goes through its memory, and what is taken over is on the disk. It is compacted
// only once there is much of it, or the restore is over.
#pragma once

#include <cstdint>
#include <future>
#include <string>
#include <vector>

#include <rocksdb/db.h>

#include "engine/customer/store_batch.h"

namespace sapa {

class BulkWriter {
 public:
  /// `folder`: the database's. `families`: by their numbers as Family. `beside`: on a thread of its
  /// own; else a batch is written when it is waited for. Everything outlives the writer, and until
  /// its end nobody else writes to the database.
  BulkWriter(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families,
             std::string folder, bool beside);
  /// Waits; then compaction goes on as usual.
  ~BulkWriter();

  /// Precondition: the batch before has been waited for. The batch's changes stay as they are until
  /// this one is.
  void start(StoreBatch batch);
  /// Until the batch is written, or it is known why not. At once if there is none.
  rocksdb::Status wait();

 private:
  void set_compaction(bool on);
  void remove_leftovers();
  rocksdb::Status write(const StoreBatch& batch);

  rocksdb::DB& db_;
  const std::vector<rocksdb::ColumnFamilyHandle*>& families_;
  const std::string folder_;
  const bool beside_;
  bool compacts_ = true;
  int batches_ = 0;
  uint64_t files_ = 0;
  std::future<rocksdb::Status> writing_;
};

}  // namespace sapa
