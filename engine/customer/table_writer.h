// How a store writes: each batch becomes tables, files of RocksDB's own format, beside the thread
// that gathers the next batch, and RocksDB takes them over in one atomic step. So nothing goes
// through its memory, and what is taken over is on the disk.
//
// Every table begins with kFirstKey, so that all of a family's overlap: RocksDB then puts each on
// top of those that it has, never beside or below one. And it ends with kLastKey: where RocksDB
// (7.8) fails to read the ends of a table that it takes over, it takes it for one without keys, and
// says nothing. Then the last key is not found, or with an older position.
#pragma once

#include <cstdint>
#include <future>
#include <string>
#include <vector>

#include <rocksdb/db.h>

#include "engine/customer/store_batch.h"

namespace sapa {

/// Whether each family is as of this position, from its first key to its last; `position`: see
/// position_bytes().
rocksdb::Status check_position(const std::string& position, rocksdb::DB& db,
                               const std::vector<rocksdb::ColumnFamilyHandle*>& families);

class TableWriter {
 public:
  /// `folder`: the database's. `families`: by their numbers as Family. `beside`: on a thread of its
  /// own; else a batch is written when it is waited for. Everything outlives the writer, and nobody
  /// else writes to the database.
  TableWriter(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families,
              std::string folder, bool beside);
  /// Waits.
  ~TableWriter();

  /// Precondition: the batch before has been waited for. The batch's changes stay as they are until
  /// this one is.
  void start(StoreBatch batch);
  /// Until the batch is written, or it is known why not. At once if there is none.
  rocksdb::Status wait();

  /// From here on what is written is compacted when there is much of it, or not at all.
  void set_compaction(bool on);

 private:
  void remove_leftovers();
  void let_compaction_catch_up() const;
  rocksdb::Status write(const StoreBatch& batch);

  rocksdb::DB& db_;
  const std::vector<rocksdb::ColumnFamilyHandle*>& families_;
  const std::string folder_;
  const bool beside_;
  uint64_t files_ = 0;
  std::future<rocksdb::Status> writing_;
};

}  // namespace sapa
