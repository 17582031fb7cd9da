// A shard's customers in memory alone, for backtest and tests: no checkpoint, nothing survives.
#pragma once

#include <set>
#include <string>
#include <unordered_map>

#include "engine/customer/store.h"

namespace sapa {

class MemoryStore final : public CustomerStore {
 public:
  Result<bool> get(std::string_view customer_id, std::string& bytes) override;
  Status apply(const StoredCustomer& change) override;
  Status apply_meta(std::string_view meta, int64_t changelog_position) override;
  Status checkpoint(bool) override { return {}; }
  int64_t changelog_position() const override { return position_; }
  std::string meta() const override { return meta_; }
  Status timers_from(const StoredTimer& from,
                     const std::function<bool(const StoredTimer&)>& found) override;
  /// In no particular order.
  Status scan(const std::function<void(std::string_view, std::string_view)>& found) override;
  size_t pending_bytes() const override { return 0; }

 private:
  struct Customer {
    std::string bytes;
    Timestamp due = Timestamp::never();
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  std::unordered_map<std::string, Customer, Hash, std::equal_to<>> customers_;
  std::set<StoredTimer> timers_;  ///< ids point to the map's keys
  std::string meta_;
  int64_t position_ = -1;
};

class MemoryStoreFactory final : public StoreFactory {
 public:
  Result<std::unique_ptr<CustomerStore>> open(int32_t) override {
    return std::unique_ptr<CustomerStore>(std::make_unique<MemoryStore>());
  }
};

}  // namespace sapa
