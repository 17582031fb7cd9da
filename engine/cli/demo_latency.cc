#include "engine/cli/demo_latency.h"

#include <cmath>

#include <fmt/format.h>

namespace sapa {

LatencySnapshot::LatencySnapshot(const prometheus::Histogram& histogram) {
  for (const auto& bucket : histogram.Collect().histogram.bucket) {
    buckets_.push_back({bucket.upper_bound, bucket.cumulative_count});
  }
}

std::optional<LatencySnapshot::Quantiles> LatencySnapshot::until(
    const LatencySnapshot& later) const {
  auto count = [&](size_t i) {
    return static_cast<double>(later.buckets_[i].count - buckets_[i].count);
  };
  if (buckets_.empty() || count(buckets_.size() - 1) == 0) return std::nullopt;
  double total = count(buckets_.size() - 1);
  auto quantile = [&](double share) {
    double rank = share * total, lower_bound = 0, below = 0;
    for (size_t i = 0; i < buckets_.size(); ++i) {
      double upper = later.buckets_[i].upper_seconds;
      if (count(i) >= rank) {
        if (std::isinf(upper)) return fmt::format("over {:.3g} ms", lower_bound * 1000);
        double part = (rank - below) / (count(i) - below);
        return fmt::format("{:.1f} ms", (lower_bound + part * (upper - lower_bound)) * 1000);
      }
      lower_bound = upper;
      below = count(i);
    }
    return std::string();
  };
  return Quantiles{quantile(0.5), quantile(0.99)};
}

}  // namespace sapa
