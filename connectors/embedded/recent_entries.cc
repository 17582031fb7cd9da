#include "connectors/embedded/recent_entries.h"

#include <algorithm>

namespace sapa::embedded {
namespace {

size_t cost(const FeedEntry& entry) { return 128 + entry.key.size() + entry.value.size(); }

}  // namespace

void RecentEntries::add(const FeedEntries& entries) {
  std::lock_guard lock(mutex_);
  for (const auto& entry : entries) {
    if (entries_.empty()) complete_after_ = entry->seq - 1;
    bytes_ += cost(*entry);
    entries_.push_back(entry);
    while (bytes_ > most_bytes_ && entries_.size() > 1) {
      complete_after_ = entries_.front()->seq;
      bytes_ -= cost(*entries_.front());
      entries_.pop_front();
    }
  }
}

std::optional<FeedEntries> RecentEntries::read(uint64_t after, size_t limit) const {
  std::lock_guard lock(mutex_);
  if (after < complete_after_) return std::nullopt;
  auto first = std::upper_bound(entries_.begin(), entries_.end(), after,
                                [](uint64_t seq, const auto& entry) { return seq < entry->seq; });
  auto count = std::min(limit, static_cast<size_t>(entries_.end() - first));
  return FeedEntries(first, first + static_cast<std::ptrdiff_t>(count));
}

}  // namespace sapa::embedded
