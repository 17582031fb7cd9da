#include "engine/customer/pending_changes.h"

#include <string>
#include <utility>

namespace sapa {
namespace {

/// The eight bytes from `from` on as a number that orders as they do; zeros where they end.
uint64_t eight_bytes(std::string_view id, size_t from) {
  char bytes[8] = {};
  id = id.substr(std::min(from, id.size()));
  std::memcpy(bytes, id.data(), std::min(id.size(), sizeof bytes));
  uint64_t number;
  std::memcpy(&number, bytes, sizeof number);
  return __builtin_bswap64(number);
}

}  // namespace

/// Sorts numbers rather than texts that lie anywhere: ids mostly differ in the eight bytes behind
/// what all of them begin with.
std::vector<const PendingChanges::Change*> PendingChanges::in_order() const {
  std::vector<const Change*> changes;
  if (customers_.empty()) return changes;
  std::string_view first = customers_.begin()->first;
  size_t common = first.size();
  for (const auto& [id, customer] : customers_) {
    common = std::min(common, id.size());
    while (id.substr(0, common) != first.substr(0, common)) --common;
  }
  std::vector<std::pair<uint64_t, const Change*>> sorted;
  sorted.reserve(customers_.size());
  for (const Change& change : customers_) {
    sorted.emplace_back(eight_bytes(change.first, common), &change);
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second->first < b.second->first;
  });
  changes.reserve(sorted.size());
  for (const auto& [number, change] : sorted) changes.push_back(change);
  return changes;
}

}  // namespace sapa
