// The engine's own stores on a file system that loses, fails and is damaged as the seed says.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

#include "engine/customer/rocks_options.h"
#include "engine/customer/rocks_store_factory.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/faulty_files.h"
#include "tests/simulation/stepped_env.h"

namespace sapa::simulation {
namespace {

namespace fs = std::filesystem;

class RocksDisk final : public Disk, public StoreFactory {
 public:
  RocksDisk(Surroundings& world, int number)
      : world_(world),
        files_(std::make_shared<FaultyFiles>(world.random.next(), world.faults.disk)),
        env_(files_),
        root_(fs::temp_directory_path() / ("sapa-simulation-" + std::to_string(getpid()))),
        folder_(root_ / ("p" + std::to_string(number))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "state");
    RocksSettings settings;
    settings.memory_bytes = 8 << 20;
    settings.adjust = [this](rocksdb::DBOptions& options) {
      options.env = &env_;
      options.max_file_opening_threads = 1;
    };
    StateFolderSettings folders;
    // By what is written, not by the time that a run takes.
    folders.store.checkpoint_bytes = world.random.below(4'000);
    folders.store.checkpoint_every = hours(1);
    folders.store.checkpoint_after_changes = world.random.below(60);
    folders.store.write_beside = false;
    folders.set_aside = [this](int32_t partition, const std::string&, const std::string&) {
      world_.trace.line("disk: the store of partition {} is set aside", partition);
    };
    factory_ = std::make_unique<RocksStoreFactory>(std::make_shared<RocksResources>(settings),
                                                   (folder_ / "state").string(), "s", folders);
  }
  ~RocksDisk() override {
    factory_.reset();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
    fs::remove(root_, ignored);  // unless others are in it
  }

  StoreFactory& stores() override { return *this; }
  Result<std::unique_ptr<CustomerStore>> open(int32_t partition) override {
    return factory_->open(partition);
  }

  void background() override { env_.run_one(); }
  void freeze() override { files_->set_frozen(true); }

  void copy() override {
    if (copies_ >= 2) return;
    fs::copy(folder_ / "state", folder_ / ("copy" + std::to_string(copies_++)),
             fs::copy_options::recursive);
  }

  void come_back(Loss loss) override {
    files_->set_frozen(false);
    const fs::path state = folder_ / "state";
    switch (loss) {
      case Loss::kProcess:
        break;
      case Loss::kMachine:
        files_->lose_unsynced(world_.random);
        break;
      case Loss::kWiped:
        fs::remove_all(state);
        fs::create_directories(state);
        break;
      case Loss::kOlderCopy:
        if (copies_ == 0) break;
        fs::remove_all(state);
        fs::copy(folder_ / ("copy" + std::to_string(world_.random.below(copies_))), state,
                 fs::copy_options::recursive);
        break;
      case Loss::kBitFlip:
        damage(state);
        break;
    }
  }

  /// Never needed: the stores see to it by themselves.
  bool remove_damaged() override { return false; }

 private:
  /// A bit of one file is flipped, or its end is cut off.
  void damage(const fs::path& state) {
    std::vector<fs::path> all;
    for (const auto& entry : fs::recursive_directory_iterator(state)) {
      if (entry.is_regular_file() && entry.file_size() > 0) all.push_back(entry.path());
    }
    if (all.empty()) return;
    std::sort(all.begin(), all.end());
    const fs::path& file = all[world_.random.below(all.size())];
    const uint64_t size = fs::file_size(file), at = world_.random.below(size);
    const bool cut = world_.random.one_in(4);
    world_.trace.line("disk: {} of {} bytes, {} at {}", file.filename().string(), size,
                      cut ? "cut off" : "a bit is flipped", at);
    if (cut) return fs::resize_file(file, at);
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(static_cast<std::streamoff>(at));
    const int flipped = bytes.get() ^ (1 << world_.random.below(8));
    bytes.seekp(static_cast<std::streamoff>(at));
    bytes.put(static_cast<char>(flipped));
  }

  Surroundings& world_;
  std::shared_ptr<FaultyFiles> files_;
  SteppedEnv env_;
  fs::path root_, folder_;
  std::unique_ptr<RocksStoreFactory> factory_;
  size_t copies_ = 0;
};

}  // namespace

std::unique_ptr<Disk> make_rocks_disk(Surroundings& world, int number) {
  return std::make_unique<RocksDisk>(world, number);
}

}  // namespace sapa::simulation
