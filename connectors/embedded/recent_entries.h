// The newest entries of a stream, kept in memory and shared by all who read its end, so that
// thousands of open streams cost one copy of each trigger and no disk read. Bounded. Thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "engine/ports/trigger_feed.h"

namespace sapa::embedded {

class RecentEntries {
 public:
  explicit RecentEntries(size_t most_bytes = size_t{4} << 20) : most_bytes_(most_bytes) {}

  /// In rising order of their numbers.
  void add(const FeedEntries& entries);

  /// At most `limit` entries after `after`; nothing if some of these are no longer in memory.
  std::optional<FeedEntries> read(uint64_t after, size_t limit) const;

 private:
  const size_t most_bytes_;
  mutable std::mutex mutex_;
  // Below: protected by mutex_.
  std::deque<std::shared_ptr<const FeedEntry>> entries_;
  size_t bytes_ = 0;
  uint64_t complete_after_ = UINT64_MAX;  ///< every entry with a greater number is in memory
};

}  // namespace sapa::embedded
