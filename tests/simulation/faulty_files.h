// A file system that knows what would survive: what was synced, and what only handed over. Can be
// frozen, as at the moment of a death, and fails where the seed says so. Files lie in real folders;
// nothing is really synced, which would only take time.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include <rocksdb/file_system.h>

#include "tests/simulation/random.h"

namespace sapa::simulation {

class FaultyFiles final : public rocksdb::FileSystemWrapper {
 public:
  /// `per_four_thousand`: how many operations of so many fail; read at each.
  FaultyFiles(uint64_t seed, const uint64_t& per_four_thousand);

  /// From here on nothing changes any more.
  void set_frozen(bool frozen);
  /// What was not synced is gone, or a part of it.
  void lose_unsynced(Random& random);

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;
  const char* Name() const override { return "FaultyFiles"; }

 private:
  class WritableFile;
  class ReadFile;
  class Directory;
  /// Whether an operation may go on. Decided by the file, the operation and how often it was done
  /// before, so that threads make no difference.
  rocksdb::IOStatus admit(const char* operation, const std::string& name, bool changes);
  void wrote(const std::string& name, uint64_t bytes);
  void synced(const std::string& name);

  struct Extent {
    uint64_t size = 0, synced = 0;
  };
  const uint64_t seed_;
  const uint64_t& per_four_thousand_;
  std::mutex mutex_;
  bool frozen_ = false;  // State below is protected by mutex_
  std::map<std::string, Extent> extents_;
  std::map<std::string, uint64_t> operations_;
};

}  // namespace sapa::simulation
