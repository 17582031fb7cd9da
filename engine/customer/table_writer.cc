#include "engine/customer/table_writer.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
#include <utility>

#include <rocksdb/env.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

#include "engine/customer/rocks_options.h"

namespace sapa {
namespace {

constexpr std::array kWritten = {Family::kCustomers, Family::kTimers, Family::kMeta};
/// No name that RocksDB gives a file, or takes for one of its own.
constexpr std::string_view kPrefix = "table-";

/// Of a table of some megabytes the filter and the index are kept whole, as long as it is among the
/// newest: each read looks at all of these.
void keep_metadata_whole(rocksdb::Options& options) {
  auto table = *options.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
  table.index_type = rocksdb::BlockBasedTableOptions::kBinarySearch;
  table.partition_filters = false;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
}

/// A file for each family, as its entries come.
class TableSink final : public EntrySink {
 public:
  TableSink(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families, bool large)
      : db_(db), families_(families), large_(large) {}

  /// The next family's.
  rocksdb::Status open(Family family, const std::string& path) {
    auto* handle = families_[static_cast<size_t>(family)];
    rocksdb::Options options = db_.GetOptions(handle);
    if (!large_) keep_metadata_whole(options);
    writers_.push_back(std::make_unique<rocksdb::SstFileWriter>(
        rocksdb::EnvOptions(options), options, handle, /*invalidate_page_cache=*/false));
    rocksdb::IngestExternalFileArg file;
    file.column_family = handle;
    file.external_files = {path};
    // Hard links, not copies.
    file.options.move_files = true;
    // The number that makes a later file's entries newer stands in the manifest, not in the file.
    file.options.write_global_seqno = false;
    files_.push_back(std::move(file));
    return writers_.back()->Open(path);
  }
  rocksdb::Status put(Family family, const rocksdb::Slice& key,
                      const rocksdb::Slice& value) override {
    return writer(family).Put(key, value);
  }
  rocksdb::Status remove(Family family, const rocksdb::Slice& key) override {
    return writer(family).Delete(key);
  }
  rocksdb::Status finish() {
    for (auto& writer : writers_) {
      if (auto status = writer->Finish(); !status.ok()) return status;
    }
    return db_.IngestExternalFiles(files_);
  }

 private:
  rocksdb::SstFileWriter& writer(Family family) {
    return *writers_[static_cast<size_t>(family) - static_cast<size_t>(kWritten.front())];
  }
  rocksdb::DB& db_;
  const std::vector<rocksdb::ColumnFamilyHandle*>& families_;
  const bool large_;
  std::vector<std::unique_ptr<rocksdb::SstFileWriter>> writers_;
  std::vector<rocksdb::IngestExternalFileArg> files_;
};

}  // namespace

rocksdb::Status check_position(const std::string& position, rocksdb::DB& db,
                               const std::vector<rocksdb::ColumnFamilyHandle*>& families) {
  const std::pair<Family, std::string_view> places[] = {{Family::kCustomers, kFirstKey},
                                                        {Family::kCustomers, kLastKey},
                                                        {Family::kTimers, kFirstKey},
                                                        {Family::kTimers, kLastKey},
                                                        {Family::kMeta, "position"}};
  for (const auto& [family, key] : places) {
    auto* handle = families[static_cast<size_t>(family)];
    std::string found;
    auto status = db.Get({}, handle, rocksdb::Slice(key.data(), key.size()), &found);
    if (!status.ok() && !status.IsNotFound()) return status;
    if (!status.ok() || found != position) {
      return rocksdb::Status::Corruption("family " + handle->GetName() +
                                         " is not of the same moment as the others");
    }
  }
  return rocksdb::Status::OK();
}

TableWriter::TableWriter(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families,
                         std::string folder, bool beside)
    : db_(db), families_(families), folder_(std::move(folder)), beside_(beside) {
  remove_leftovers();
}

TableWriter::~TableWriter() { wait().PermitUncheckedError(); }

/// If the database does not take the option, it compacts earlier than it might, or when it is
/// opened next.
void TableWriter::set_compaction(bool on) {
  for (const Family family : kWritten) {
    db_.SetOptions(families_[static_cast<size_t>(family)],
                   {{"disable_auto_compactions", on ? "false" : "true"}})
        .PermitUncheckedError();
  }
}

/// What a crash, or a failure, kept from being taken over. Whatever can't be removed only takes
/// room.
void TableWriter::remove_leftovers() {
  std::vector<std::string> names;
  db_.GetEnv()->GetChildren(folder_, &names).PermitUncheckedError();
  for (const std::string& name : names) {
    if (name.starts_with(kPrefix)) {
      db_.GetEnv()->DeleteFile(folder_ + "/" + name).PermitUncheckedError();
    }
  }
}

void TableWriter::start(StoreBatch batch) {
  writing_ = std::async(beside_ ? std::launch::async : std::launch::deferred,
                        [this, batch = std::move(batch)] { return write(batch); });
}

/// RocksDB takes over any number of files, and each of them makes reading slower.
void TableWriter::let_compaction_catch_up() const {
  auto* customers = families_[static_cast<size_t>(Family::kCustomers)];
  for (int waited = 0; waited < 100; ++waited) {
    std::string files;
    db_.GetProperty(customers, rocksdb::DB::Properties::kNumFilesAtLevelPrefix + "0", &files);
    if (std::atoi(files.c_str()) < 2 * RocksResources::kFilesOfARestore) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

rocksdb::Status TableWriter::write(const StoreBatch& batch) {
  let_compaction_catch_up();
  TableSink sink(db_, families_, /*large=*/batch.restoring);
  for (const Family family : kWritten) {
    // A file whose name RocksDB failed to remove after it had linked it is still the database's:
    // writing to that name would write over what has been taken over.
    std::string path;
    do {
      path = folder_ + "/" + std::string(kPrefix) + std::to_string(++files_);
    } while (db_.GetEnv()->FileExists(path).ok());
    if (auto status = sink.open(family, path); !status.ok()) return status;
  }
  if (auto status = write_entries(batch, sink); !status.ok()) return status;
  if (auto status = sink.finish(); !status.ok()) return status;
  return check_position(position_bytes(batch.position), db_, families_);
}

rocksdb::Status TableWriter::wait() {
  return writing_.valid() ? writing_.get() : rocksdb::Status();
}

}  // namespace sapa
