#include "engine/customer/bulk_writer.h"

#include <string>
#include <utility>

#include "engine/customer/rocks_options.h"

namespace sapa {

BulkWriter::BulkWriter(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families,
                       bool beside)
    : db_(db), families_(families), beside_(beside) {
  let_compact_from(RocksResources::kFilesOfARestore);
}

BulkWriter::~BulkWriter() {
  wait().PermitUncheckedError();
  let_compact_from(RocksResources::kFilesToCompact);
}

/// If the database does not take the option, it compacts earlier or later than it might.
void BulkWriter::let_compact_from(int files) {
  for (const Family family : {Family::kCustomers, Family::kTimers}) {
    db_.SetOptions(families_[static_cast<size_t>(family)],
                   {{"level0_file_num_compaction_trigger", std::to_string(files)}})
        .PermitUncheckedError();
  }
}

void BulkWriter::start(StoreBatch batch) {
  writing_ =
      std::async(beside_ ? std::launch::async : std::launch::deferred,
                 [this, batch = std::move(batch)] { return write_batch(batch, db_, families_); });
}

rocksdb::Status BulkWriter::wait() { return writing_.valid() ? writing_.get() : rocksdb::Status(); }

}  // namespace sapa
