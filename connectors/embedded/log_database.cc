#include "connectors/embedded/log_database.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

#include <rocksdb/write_batch.h>

#include "engine/customer/rocks_options.h"
#include "engine/customer/timer_key.h"

namespace sapa::embedded {
namespace {

constexpr int32_t kMostPartitions = 4096;

}  // namespace

Result<std::unique_ptr<LogDatabase>> LogDatabase::open(std::shared_ptr<RocksResources> resources,
                                                       const std::string& folder,
                                                       int32_t partitions, Mode mode) {
  if (partitions < 1 || partitions > kMostPartitions) {
    return user_error("the embedded log can have 1 to " + std::to_string(kMostPartitions) +
                      " partitions, not " + std::to_string(partitions));
  }
  std::unique_ptr<LogDatabase> log(new LogDatabase());
  log->resources_ = resources;
  log->folder_ = folder;
  std::vector<rocksdb::ColumnFamilyDescriptor> wanted = {
      {rocksdb::kDefaultColumnFamilyName, resources->few_keys()},
      {"events", resources->ordered_queue()}};
  for (Stream stream : kAllStreams) {
    wanted.emplace_back(stream_name(stream), resources->ordered_queue());
  }
  wanted.emplace_back("customers", resources->point_reads());
  wanted.emplace_back("timers", resources->ordered_queue());

  rocksdb::DBOptions options = resources->durable_database(mode == Mode::kSynced);
  rocksdb::DB* opened = nullptr;
  rocksdb::Status status;
  if (mode == Mode::kReadOnly) {
    options.create_if_missing = options.create_missing_column_families = false;
    status = rocksdb::DB::OpenForReadOnly(options, folder, wanted, &log->families_, &opened);
  } else {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) {
      return environment_error("cannot create the folder " + folder + ": " + failed.message(),
                               false);
    }
    status = rocksdb::DB::Open(options, folder, wanted, &log->families_, &opened);
  }
  if (!status.ok()) return log->error(status, "opening the embedded log");
  log->db_.reset(opened);
  auto checked = log->read_or_write_format(partitions, mode == Mode::kReadOnly);
  if (!checked.ok()) return checked.error();
  return log;
}

LogDatabase::~LogDatabase() {
  for (auto* family : families_) db_->DestroyColumnFamilyHandle(family);
}

Status LogDatabase::read_or_write_format(int32_t partitions, bool read_only) {
  std::string format, count;
  auto status = db_->Get({}, small(), "format", &format);
  if (status.IsNotFound() && !read_only) {
    rocksdb::WriteBatch batch;
    status = batch.Put(small(), "format", kLogFormat);
    if (status.ok()) status = batch.Put(small(), "partitions", std::to_string(partitions));
    rocksdb::WriteOptions options;
    options.sync = true;
    if (status.ok()) status = db_->Write(options, &batch);
    if (!status.ok()) return error(status, "beginning the embedded log");
    partitions_ = partitions;
    return {};
  }
  if (!status.ok()) return error(status, "reading the embedded log's format");
  if (format != kLogFormat) {
    return environment_error("the embedded log in " + folder_ + " has format \"" + format +
                                 "\", and this version reads format " + kLogFormat +
                                 ". Run the version that wrote it, or choose another state folder",
                             false);
  }
  status = db_->Get({}, small(), "partitions", &count);
  if (!status.ok()) return error(status, "reading the embedded log's number of partitions");
  auto parsed = std::from_chars(count.data(), count.data() + count.size(), partitions_);
  if (parsed.ec != std::errc() || partitions_ < 1 || partitions_ > kMostPartitions) {
    return error(rocksdb::Status::Corruption("\"" + count + "\" is no number of partitions"),
                 "opening the embedded log");
  }
  return {};
}

Result<CommittedShard> LogDatabase::committed(int32_t partition) const {
  std::string bytes;
  auto status = db_->Get({}, small(), shard_key(partition), &bytes);
  if (status.IsNotFound()) return CommittedShard{};
  if (status.ok() && bytes.size() < 8) status = rocksdb::Status::Corruption("a shard's state");
  if (!status.ok()) return error(status, "reading a shard's state");
  return CommittedShard{static_cast<int64_t>(read_big_endian(bytes)), bytes.substr(8)};
}

Result<int64_t> LogDatabase::end_of_events(int32_t partition) const {
  auto shard = committed(partition);
  if (!shard.ok()) return shard.error();
  std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}, events()));
  at->SeekForPrev(event_key(partition, std::numeric_limits<int64_t>::max()));
  if (!at->status().ok()) return error(at->status(), "reading the end of the events");
  std::string prefix;
  append_partition(partition, prefix);
  int64_t end = 0;
  if (at->Valid() && at->key().starts_with(prefix) && at->key().size() == 10) {
    end = static_cast<int64_t>(read_big_endian(as_view(at->key()).substr(kPartitionBytes))) + 1;
  }
  // Consumed events may have been dropped by age; their offsets are never used again.
  return std::max(end, shard->next_offset);
}

Result<uint64_t> LogDatabase::last_seq(Stream stream) const {
  std::string bytes;
  auto status = db_->Get({}, small(), last_seq_key(stream), &bytes);
  if (status.IsNotFound()) return uint64_t{0};
  if (status.ok() && bytes.size() != 8) status = rocksdb::Status::Corruption("a stream's end");
  if (!status.ok()) return error(status, "reading a stream's end");
  return read_big_endian(bytes);
}

uint64_t LogDatabase::bytes_on_disk() const {
  uint64_t total = 0, one = 0;
  for (auto* family : families_) {
    if (db_->GetIntProperty(family, rocksdb::DB::Properties::kTotalSstFilesSize, &one))
      total += one;
  }
  return total;
}

Error LogDatabase::error(const rocksdb::Status& status, const std::string& doing) const {
  return rocks_error(status, doing, folder_, /*rebuildable=*/false);
}

}  // namespace sapa::embedded
