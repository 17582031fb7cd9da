// Where a shard's customer records lie on disk. The store is a cache of the committed changelog: it
// may lag behind it, and holds, inside itself, the position in the changelog that it corresponds
// to.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace sapa {

/// One customer's record as it goes to the store; see CustomerChange in ports/log.h.
struct StoredCustomer {
  std::string_view customer_id;
  std::string_view bytes;  ///< empty: delete
  Timestamp next_due = Timestamp::never();
  Timestamp earlier_due = Timestamp::never();  ///< the timer-index entry to replace
};

/// A customer's earliest timer. Ordered by due time, then by customer; one without a customer comes
/// before all that are due at its time.
struct StoredTimer {
  Timestamp due = Timestamp::beginning();
  std::string_view customer_id;
  friend auto operator<=>(const StoredTimer&, const StoredTimer&) = default;
};

/// One shard's store. One thread at a time.
class CustomerStore {
 public:
  virtual ~CustomerStore() = default;

  /// False if there is no such customer.
  virtual Result<bool> get(std::string_view customer_id, std::string& bytes) = 0;

  /// The records of several customers, whose ids ascend by their bytes: calls `found(i, bytes)` for
  /// each in turn, with nothing if there is no such customer. It may apply() a change of `ids[i]`.
  /// Ends with the first error that `found` gives.
  virtual Status get_many(std::span<const std::string_view> ids,
                          const std::function<Status(size_t, std::string_view)>& found);

  /// Takes over one committed change. May keep it in memory until checkpoint(); get() sees it at
  /// once.
  virtual Status apply(const StoredCustomer& change) = 0;
  virtual Status apply_meta(std::string_view meta, int64_t changelog_position) = 0;

  /// Writes what apply() took, with the position, in one atomic batch. `force`: also if it isn't
  /// worth it yet. Without a position there is nothing to write: all of it will come again.
  virtual Status checkpoint(bool force) = 0;

  /// Whether it holds nothing yet, or a part only: end_restore() has never been called.
  virtual bool restoring() const { return changelog_position() < 0; }
  /// The changelog's records up to now have been applied; from here on changes come as a running
  /// shard makes them.
  virtual Status end_restore() { return {}; }

  /// -1 if nothing was ever written.
  virtual int64_t changelog_position() const = 0;
  virtual std::string meta() const = 0;

  /// Calls `found` for each customer's earliest timer, in order, from `from` on, until it returns
  /// false. What it is given is valid during the call.
  virtual Status timers_from(const StoredTimer& from,
                             const std::function<bool(const StoredTimer&)>& found) = 0;

  /// Calls `found(customer_id, bytes)` for every customer; for reports and inspection.
  virtual Status scan(const std::function<void(std::string_view, std::string_view)>& found) = 0;

  /// A record that was read can't be right: as an error, after which the store is not used any
  /// more. One that can be rebuilt is, when it is opened again.
  virtual Error damaged(const std::string& what) { return environment_error(what, false); }

  /// Bytes held in memory by changes not yet written.
  virtual size_t pending_bytes() const = 0;
};

inline Status CustomerStore::get_many(
    std::span<const std::string_view> ids,
    const std::function<Status(size_t, std::string_view)>& found) {
  std::string bytes;
  for (size_t i = 0; i < ids.size(); ++i) {
    auto any = get(ids[i], bytes);
    if (!any.ok()) return any.error();
    if (Status status = found(i, *any ? std::string_view(bytes) : ""); !status) return status;
  }
  return {};
}

class StoreFactory {
 public:
  virtual ~StoreFactory() = default;
  virtual Result<std::unique_ptr<CustomerStore>> open(int32_t partition) = 0;
};

}  // namespace sapa
