// Stores as images in memory that behave as rocks_store.h promises: changes are gathered, written
// at checkpoints, and survive a death up to the last flush. Quick, so that most seeds use it.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/customer/pending_changes.h"
#include "tests/simulation/disk.h"

namespace sapa::simulation {
namespace {

struct Image {
  std::map<std::string, std::string, std::less<>> customers;
  std::set<std::pair<Timestamp, std::string>> timers;
  std::string meta;
  int64_t position = -1;
};

struct Folder {
  Image durable;
  std::vector<Image> copies;
  bool open = false;
  bool damaged = false;
};

Error disk_error(const char* doing) {
  return environment_error(std::string(doing) + " failed: input/output error");
}

class ImageStore final : public CustomerStore {
 public:
  ImageStore(Surroundings& world, const bool& frozen, Folder& folder)
      : world_(world), frozen_(frozen), folder_(folder), written_(folder.durable) {
    folder_.open = true;
    position_ = written_.position;
    meta_ = written_.meta;
  }
  ~ImageStore() override {
    if (!frozen_) folder_.durable = written_;
    folder_.open = false;
  }

  Result<bool> get(std::string_view customer_id, std::string& bytes) override {
    bytes.clear();
    if (fails()) return disk_error("reading a customer");
    if (const PendingCustomer* pending = pending_.find(customer_id)) {
      bytes = pending->bytes;
      return !bytes.empty();
    }
    auto at = written_.customers.find(customer_id);
    if (at == written_.customers.end()) return false;
    bytes = at->second;
    return true;
  }
  Status apply(const StoredCustomer& change) override {
    pending_.add(change);
    return {};
  }
  Status apply_meta(std::string_view meta, int64_t changelog_position) override {
    meta_.assign(meta);
    position_ = changelog_position;
    return {};
  }
  Status checkpoint(bool force) override {
    if (position_ < 0 || (!force && !world_.random.one_in(3))) return {};
    if (fails()) return disk_error("writing a checkpoint");
    for (const auto& [id, customer] : pending_.customers()) write(id, customer);
    pending_.clear();
    written_.meta = meta_;
    written_.position = position_;
    if (!frozen_ && world_.random.one_in(3)) folder_.durable = written_;
    return {};
  }
  int64_t changelog_position() const override { return position_; }
  std::string meta() const override { return meta_; }
  Status timers_from(const StoredTimer& from,
                     const std::function<bool(const StoredTimer&)>& found) override {
    if (fails()) return disk_error("reading timers");
    std::set<StoredTimer> timers;
    for (const auto& [due, id] : written_.timers) {
      const StoredTimer timer{due, id};
      if (timer >= from && !pending_.find(id)) timers.insert(timer);
    }
    for (const StoredTimer& timer : pending_.timers_from(from)) timers.insert(timer);
    for (const StoredTimer& timer : timers) {
      if (!found(timer)) break;
    }
    return {};
  }
  Status scan(const std::function<void(std::string_view, std::string_view)>& found) override {
    for (const auto& [id, customer] : pending_.customers()) {
      if (!customer.bytes.empty()) found(id, customer.bytes);
    }
    for (const auto& [id, bytes] : written_.customers) {
      if (!pending_.find(id)) found(id, bytes);
    }
    return {};
  }
  size_t pending_bytes() const override { return pending_.bytes(); }

 private:
  bool fails() { return world_.random.permille(world_.faults.disk); }
  /// What the timer index held for the customer is what the change says that it held.
  void write(std::string_view key, const PendingCustomer& customer) {
    const std::string id(key);
    if (customer.bytes.empty()) {
      written_.customers.erase(id);
    } else {
      written_.customers[id] = customer.bytes;
    }
    if (customer.due_on_disk == customer.next_due) return;
    written_.timers.erase({customer.due_on_disk, id});
    if (customer.next_due != Timestamp::never()) written_.timers.insert({customer.next_due, id});
  }

  Surroundings& world_;
  const bool& frozen_;
  Folder& folder_;
  Image written_;
  PendingChanges pending_;
  std::string meta_;
  int64_t position_ = -1;
};

class DiskInMemory final : public Disk, public StoreFactory {
 public:
  explicit DiskInMemory(Surroundings& world) : world_(world) {}

  StoreFactory& stores() override { return *this; }
  Result<std::unique_ptr<CustomerStore>> open(int32_t partition) override {
    Folder& folder = folders_[partition];
    if (world_.random.permille(world_.faults.disk)) return disk_error("opening the store");
    if (folder.open) {
      return environment_error("another worker still has the folder of partition " +
                               std::to_string(partition) + " open");
    }
    if (folder.damaged) return environment_error("the folder is damaged", false);
    return std::unique_ptr<CustomerStore>(std::make_unique<ImageStore>(world_, frozen_, folder));
  }

  void freeze() override { frozen_ = true; }
  void copy() override {
    for (auto& [partition, folder] : folders_) folder.copies.push_back(folder.durable);
  }
  void come_back(Loss loss) override {
    frozen_ = false;
    if (loss == Loss::kWiped) folders_.clear();
    for (auto& [partition, folder] : folders_) {
      if (loss == Loss::kBitFlip && world_.random.one_in(2)) folder.damaged = true;
      if (loss != Loss::kOlderCopy || folder.copies.empty()) continue;
      folder.durable = folder.copies[world_.random.below(folder.copies.size())];
    }
  }
  bool remove_damaged() override {
    return std::erase_if(folders_, [](const auto& entry) { return entry.second.damaged; }) > 0;
  }

 private:
  Surroundings& world_;
  bool frozen_ = false;
  std::map<int32_t, Folder> folders_;
};

}  // namespace

const char* name(Loss loss) {
  switch (loss) {
    case Loss::kProcess:
      return "the process";
    case Loss::kMachine:
      return "the machine";
    case Loss::kWiped:
      return "the machine and its disk";
    case Loss::kOlderCopy:
      return "the machine; an older copy of the disk comes back";
    case Loss::kBitFlip:
      return "the process, and a bit of the disk is wrong";
  }
  return "";
}

std::unique_ptr<Disk> make_disk_in_memory(Surroundings& world) {
  return std::make_unique<DiskInMemory>(world);
}

}  // namespace sapa::simulation
