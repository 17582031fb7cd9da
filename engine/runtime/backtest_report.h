// What a backtest has counted.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <absl/container/flat_hash_set.h>

#include "engine/decision/decision.h"

namespace sapa {

struct CampaignReport {
  std::array<uint64_t, kReasonCount> decisions{};
  uint64_t fired() const { return decisions[static_cast<size_t>(Reason::kSent)]; }
  absl::flat_hash_set<uint64_t> customers;  ///< hashes of the ids of those reached
  std::map<int64_t, uint64_t> by_hour;      ///< hours since 1970 → fired
  std::string example_error;                ///< the first
};

struct BacktestReport {
  uint64_t events = 0, duplicates = 0, refused = 0, timers = 0, metric_errors = 0;
  std::string example_metric_error;       ///< the first
  std::vector<CampaignReport> campaigns;  ///< by the workspace's index
};

}  // namespace sapa
