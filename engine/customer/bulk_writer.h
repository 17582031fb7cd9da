// How a store writes while it is restored from nothing: large batches, beside the thread that
// gathers the next one, and what has been written is compacted only once there is much of it, or
// the restore is over.
#pragma once

#include <future>
#include <vector>

#include <rocksdb/db.h>

#include "engine/customer/store_batch.h"

namespace sapa {

class BulkWriter {
 public:
  /// `families`: by their numbers as Family. `beside`: on a thread of its own; else a batch is
  /// written when it is waited for. Everything outlives the writer.
  BulkWriter(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families,
             bool beside);
  /// Waits; then compaction goes on as usual.
  ~BulkWriter();

  /// Precondition: the batch before has been waited for. The batch's changes stay as they are until
  /// this one is.
  void start(StoreBatch batch);
  /// Until the batch is written, or it is known why not. At once if there is none.
  rocksdb::Status wait();

 private:
  void let_compact_from(int files);

  rocksdb::DB& db_;
  const std::vector<rocksdb::ColumnFamilyHandle*>& families_;
  const bool beside_;
  std::future<rocksdb::Status> writing_;
};

}  // namespace sapa
