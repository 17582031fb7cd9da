// Quantiles of a latency histogram between two moments, estimated within its buckets; for the
// demo's summary.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <prometheus/histogram.h>

namespace sapa {

class LatencySnapshot {
 public:
  explicit LatencySnapshot(const prometheus::Histogram& histogram);

  struct Quantiles {
    std::string median, p99;  ///< "2.1 ms"
  };
  /// Of what was observed between this snapshot and `later`; nothing if nothing was.
  std::optional<Quantiles> until(const LatencySnapshot& later) const;

 private:
  struct Bucket {
    double upper_seconds;
    uint64_t count;  ///< up to here
  };
  std::vector<Bucket> buckets_;
};

}  // namespace sapa
