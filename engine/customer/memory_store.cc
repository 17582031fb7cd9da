#include "engine/customer/memory_store.h"

namespace sapa {

Result<bool> MemoryStore::get(std::string_view customer_id, std::string& bytes) {
  auto at = customers_.find(customer_id);
  if (at == customers_.end()) return bytes.clear(), false;
  bytes = at->second.bytes;
  return true;
}

Status MemoryStore::apply(const StoredCustomer& change) {
  auto at = customers_.find(change.customer_id);
  if (change.bytes.empty()) {
    if (at == customers_.end()) return {};
    timers_.erase({at->second.due, at->first});
    customers_.erase(at);
    return {};
  }
  if (at == customers_.end()) {
    at = customers_.emplace(std::string(change.customer_id), Customer{}).first;
  }
  Customer& customer = at->second;
  customer.bytes.assign(change.bytes);
  if (customer.due == change.next_due) return {};
  if (customer.due != Timestamp::never()) timers_.erase({customer.due, at->first});
  customer.due = change.next_due;
  if (customer.due != Timestamp::never()) timers_.insert({customer.due, at->first});
  return {};
}

Status MemoryStore::apply_meta(std::string_view meta, int64_t changelog_position) {
  meta_.assign(meta);
  position_ = changelog_position;
  return {};
}

Status MemoryStore::timers_from(const StoredTimer& from,
                                const std::function<bool(const StoredTimer&)>& found) {
  for (auto at = timers_.lower_bound(from); at != timers_.end() && found(*at); ++at) {
  }
  return {};
}

Status MemoryStore::scan(const std::function<void(std::string_view, std::string_view)>& found) {
  for (const auto& [id, customer] : customers_) found(id, customer.bytes);
  return {};
}

}  // namespace sapa
