// The shard's clock (design §3): while the shard is behind the log's end, the latest timestamp of
// the records it has read; once it is proved to have read to the end as of a moment, that moment.
// It never goes back. So a timer fires only when every record appended before it was due has been
// read: after an outage, no reminder goes to someone whose later event cancels it.
#pragma once

#include <algorithm>

#include "engine/base/time.h"

namespace sapa {

class ShardClock {
 public:
  Timestamp now() const { return now_; }
  void restore(Timestamp t) { now_ = std::max(now_, t); }

  /// A record of this time was read.
  void on_record(Timestamp t) { now_ = std::max(now_, t); }

  /// At wall time `as_of` the log ended at `end`, and everything before `next_offset` has been
  /// read.
  void on_end(int64_t end, int64_t next_offset, Timestamp as_of) {
    if (next_offset >= end) now_ = std::max(now_, as_of);
  }

 private:
  Timestamp now_ = Timestamp::beginning();
};

}  // namespace sapa
