// A shard's customers as the embedded log holds them: a view of its database, which each commit has
// already written to. So there is nothing to restore, no checkpoint, and the store is never behind.
#pragma once

#include <memory>

#include "connectors/embedded/log_database.h"
#include "engine/customer/store.h"

namespace sapa::embedded {

class EmbeddedStore final : public CustomerStore {
 public:
  static Result<std::unique_ptr<EmbeddedStore>> open(std::shared_ptr<const LogDatabase> log,
                                                     int32_t partition);

  Result<bool> get(std::string_view customer_id, std::string& bytes) override;
  /// Nothing is left to do: the commit wrote the change.
  Status apply(const StoredCustomer&) override { return {}; }
  Status apply_meta(std::string_view meta, int64_t changelog_position) override;
  Status checkpoint(bool) override { return {}; }
  int64_t changelog_position() const override { return position_; }
  std::string meta() const override { return meta_; }
  Status timers_from(const StoredTimer& from,
                     const std::function<bool(const StoredTimer&)>& found) override;
  Status scan(const std::function<void(std::string_view, std::string_view)>& found) override;
  size_t pending_bytes() const override { return 0; }

 private:
  EmbeddedStore(std::shared_ptr<const LogDatabase> log, int32_t partition);

  std::shared_ptr<const LogDatabase> log_;
  std::string prefix_;  ///< of the partition's keys
  std::string end_;     ///< the first key after them
  std::string key_;     ///< scratch
  std::string meta_;
  int64_t position_ = -1;
};

}  // namespace sapa::embedded
