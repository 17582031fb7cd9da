// What the engine has put out, for readers over HTTP: a numbered sequence per stream that outlives
// the process. Absent when the engine runs on Kafka, where consumers read the topics themselves.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/log.h"

namespace sapa {

struct FeedEntry {
  uint64_t seq = 0;   ///< from 1, rising, never used twice; numbers may be missing
  std::string key;    ///< the customer
  std::string value;  ///< as the encoder wrote it
  Timestamp time{0};  ///< the record's own
};

using FeedEntries = std::vector<std::shared_ptr<const FeedEntry>>;

class TriggerFeed {
 public:
  virtual ~TriggerFeed() = default;

  /// Committed entries with a number above `after`, in order, at most `limit`. Empty if there are
  /// none. Entries that the log has dropped by age are skipped. Any thread.
  virtual Result<FeedEntries> read(Stream stream, uint64_t after, size_t limit) const = 0;

  /// The number of the newest committed entry; 0 if there never was one.
  virtual uint64_t last(Stream stream) const = 0;

  /// `on_new` is called after new entries became readable, on a thread of the log's; it must return
  /// quickly. It is called no more once the returned handle is gone.
  virtual std::shared_ptr<void> subscribe(std::function<void()> on_new) = 0;
};

}  // namespace sapa
