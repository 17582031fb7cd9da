// A customers' store that outlives the shards which use it, as a disk does.
#pragma once

#include "engine/customer/store.h"

namespace sapa::scenarios {

class LentStore final : public CustomerStore {
 public:
  explicit LentStore(CustomerStore& store) : store_(store) {}
  Result<bool> get(std::string_view id, std::string& bytes) override {
    return store_.get(id, bytes);
  }
  Status apply(const StoredCustomer& change) override { return store_.apply(change); }
  Status apply_meta(std::string_view meta, int64_t position) override {
    return store_.apply_meta(meta, position);
  }
  Status checkpoint(bool force) override { return store_.checkpoint(force); }
  int64_t changelog_position() const override { return store_.changelog_position(); }
  std::string meta() const override { return store_.meta(); }
  Status timers_before(Timestamp before,
                       const std::function<void(Timestamp, std::string_view)>& found) override {
    return store_.timers_before(before, found);
  }
  Status scan(const std::function<void(std::string_view, std::string_view)>& found) override {
    return store_.scan(found);
  }
  size_t pending_bytes() const override { return store_.pending_bytes(); }

 private:
  CustomerStore& store_;
};

}  // namespace sapa::scenarios
