// A store in somebody else's hands for a while: passes everything on, and says when it is given
// back.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "engine/customer/store.h"

namespace sapa {

class LentStore final : public CustomerStore {
 public:
  /// `store` outlives it, as a disk outlives the shards which use it.
  explicit LentStore(CustomerStore& store) : store_(store) {}
  /// `returned` is called after the store is closed.
  LentStore(std::unique_ptr<CustomerStore> store, std::function<void()> returned)
      : owned_(std::move(store)), store_(*owned_), returned_(std::move(returned)) {}
  ~LentStore() override {
    owned_.reset();
    if (returned_) returned_();
  }

  Result<bool> get(std::string_view customer_id, std::string& bytes) override {
    return store_.get(customer_id, bytes);
  }
  Status get_many(std::span<const std::string_view> ids,
                  const std::function<Status(size_t, std::string_view)>& found) override {
    return store_.get_many(ids, found);
  }
  Status apply(const StoredCustomer& change) override { return store_.apply(change); }
  Status apply_meta(std::string_view meta, int64_t changelog_position) override {
    return store_.apply_meta(meta, changelog_position);
  }
  Status checkpoint(bool force) override { return store_.checkpoint(force); }
  bool restoring() const override { return store_.restoring(); }
  Status end_restore() override { return store_.end_restore(); }
  int64_t changelog_position() const override { return store_.changelog_position(); }
  std::string meta() const override { return store_.meta(); }
  Status timers_from(const StoredTimer& from,
                     const std::function<bool(const StoredTimer&)>& found) override {
    return store_.timers_from(from, found);
  }
  Status scan(const std::function<void(std::string_view, std::string_view)>& found) override {
    return store_.scan(found);
  }
  Error damaged(const std::string& what) override { return store_.damaged(what); }
  size_t pending_bytes() const override { return store_.pending_bytes(); }

 private:
  std::unique_ptr<CustomerStore> owned_;
  CustomerStore& store_;
  std::function<void()> returned_;
};

}  // namespace sapa
