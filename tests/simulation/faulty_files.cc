#include "tests/simulation/faulty_files.h"

#include <filesystem>

#include "engine/base/hash.h"

namespace sapa::simulation {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class FaultyFiles::WritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WritableFile(FaultyFiles& files, std::string name, std::unique_ptr<FSWritableFile> inner)
      : FSWritableFileOwnerWrapper(std::move(inner)), files_(files), name_(std::move(name)) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    if (IOStatus ok = files_.admit("append", name_, true); !ok.ok()) return ok;
    files_.wrote(name_, data.size());
    return FSWritableFileOwnerWrapper::Append(data, options, debug);
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    if (IOStatus ok = files_.admit("sync", name_, true); !ok.ok()) return ok;
    files_.synced(name_);
    return IOStatus::OK();
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }
  IOStatus Allocate(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }

 private:
  FaultyFiles& files_;
  const std::string name_;
};

class FaultyFiles::ReadFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  ReadFile(FaultyFiles& files, std::string name, std::unique_ptr<FSRandomAccessFile> inner)
      : FSRandomAccessFileOwnerWrapper(std::move(inner)), files_(files), name_(std::move(name)) {}

  IOStatus Read(uint64_t offset, size_t count, const IOOptions& options, rocksdb::Slice* result,
                char* scratch, IODebugContext* debug) const override {
    if (IOStatus ok = files_.admit("read", name_, false); !ok.ok()) return ok;
    return FSRandomAccessFileOwnerWrapper::Read(offset, count, options, result, scratch, debug);
  }
  /// One after the other, each of which may fail.
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, size_t count, const IOOptions& options,
                     IODebugContext* debug) override {
    return FSRandomAccessFile::MultiRead(requests, count, options, debug);
  }

 private:
  FaultyFiles& files_;
  const std::string name_;
};

class FaultyFiles::Directory final : public rocksdb::FSDirectory {
 public:
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
};

FaultyFiles::FaultyFiles(uint64_t seed, const uint64_t& per_four_thousand)
    : FileSystemWrapper(rocksdb::FileSystem::Default()),
      seed_(seed),
      per_four_thousand_(per_four_thousand) {}

void FaultyFiles::set_frozen(bool frozen) {
  std::lock_guard lock(mutex_);
  frozen_ = frozen;
}

IOStatus FaultyFiles::admit(const char* operation, const std::string& name, bool changes) {
  std::lock_guard lock(mutex_);
  if (frozen_ && changes) return IOStatus::IOError("the process is dead");
  if (per_four_thousand_ == 0) return IOStatus::OK();
  const std::string what = std::string(operation) + " " + name.substr(name.rfind('/') + 1);
  const uint64_t chance = hash64(what, seed_ + ++operations_[what]) % 4000;
  if (chance >= per_four_thousand_) return IOStatus::OK();
  return chance % 2 == 0 && changes ? IOStatus::NoSpace("no space left on device")
                                    : IOStatus::IOError("input/output error");
}

void FaultyFiles::wrote(const std::string& name, uint64_t bytes) {
  std::lock_guard lock(mutex_);
  extents_[name].size += bytes;
}

void FaultyFiles::synced(const std::string& name) {
  std::lock_guard lock(mutex_);
  Extent& extent = extents_[name];
  extent.synced = extent.size;
}

void FaultyFiles::lose_unsynced(Random& random) {
  for (auto& [name, extent] : extents_) {
    std::error_code failed;
    if (extent.synced == extent.size || !std::filesystem::exists(name, failed)) continue;
    const auto kept = static_cast<int64_t>(extent.size - extent.synced);
    extent.size = extent.synced + static_cast<uint64_t>(random.between(0, kept));
    std::filesystem::resize_file(name, extent.size, failed);
    extent.synced = extent.size;
  }
}

IOStatus FaultyFiles::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      IODebugContext* debug) {
  if (IOStatus ok = admit("create", name, true); !ok.ok()) return ok;
  std::unique_ptr<rocksdb::FSWritableFile> inner;
  IOStatus made = FileSystemWrapper::NewWritableFile(name, options, &inner, debug);
  if (!made.ok()) return made;
  {
    std::lock_guard lock(mutex_);
    extents_[name] = {};
  }
  *file = std::make_unique<WritableFile>(*this, name, std::move(inner));
  return made;
}

IOStatus FaultyFiles::NewRandomAccessFile(const std::string& name,
                                          const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                          IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSRandomAccessFile> inner;
  IOStatus opened = FileSystemWrapper::NewRandomAccessFile(name, options, &inner, debug);
  if (opened.ok()) *file = std::make_unique<ReadFile>(*this, name, std::move(inner));
  return opened;
}

IOStatus FaultyFiles::NewDirectory(const std::string&, const IOOptions&,
                                   std::unique_ptr<rocksdb::FSDirectory>* directory,
                                   IODebugContext*) {
  *directory = std::make_unique<Directory>();
  return IOStatus::OK();
}

IOStatus FaultyFiles::DeleteFile(const std::string& name, const IOOptions& options,
                                 IODebugContext* debug) {
  if (IOStatus ok = admit("delete", name, true); !ok.ok()) return ok;
  return FileSystemWrapper::DeleteFile(name, options, debug);
}

IOStatus FaultyFiles::RenameFile(const std::string& from, const std::string& to,
                                 const IOOptions& options, IODebugContext* debug) {
  if (IOStatus ok = admit("rename", from, true); !ok.ok()) return ok;
  {
    std::lock_guard lock(mutex_);
    if (auto moved = extents_.extract(from)) {
      extents_.erase(to);
      moved.key() = to;
      extents_.insert(std::move(moved));
    }
  }
  return FileSystemWrapper::RenameFile(from, to, options, debug);
}

IOStatus FaultyFiles::LinkFile(const std::string& from, const std::string& to,
                               const IOOptions& options, IODebugContext* debug) {
  if (IOStatus ok = admit("link", from, true); !ok.ok()) return ok;
  {
    std::lock_guard lock(mutex_);
    if (auto known = extents_.find(from); known != extents_.end()) extents_[to] = known->second;
  }
  return FileSystemWrapper::LinkFile(from, to, options, debug);
}

}  // namespace sapa::simulation
