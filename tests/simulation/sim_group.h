// The coordinator of one consumer group, with the classic eager protocol: members join, everybody
// gives up everything and joins again, then a new generation shares the partitions. Static members
// come back under their instance id without a rebalance, and their predecessor is fenced.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/random.h"
#include "tests/simulation/trace.h"

namespace sapa::simulation {

/// Who commits: a member id with the generation that it was assigned in.
struct GroupMember {
  int id = 0;
  int generation = 0;
};

struct GroupAssignment {
  int generation = 0;
  std::vector<int32_t> partitions;
};

enum class Pulse : uint8_t { kStable, kRebalancing, kUnknown };

class SimGroup {
 public:
  SimGroup(int partitions, Trace& trace) : partitions_(partitions), trace_(trace) {}

  /// Begins or renews a membership and returns its id. `id` 0: a new client. `instance` empty: not
  /// static.
  int join(int id, const std::string& instance, int64_t now_ms);
  void leave(int id);
  /// What the member is told; keeps it alive.
  Pulse heartbeat(int id, int64_t now_ms);
  /// The assignment of the generation that has formed since the member joined.
  std::optional<GroupAssignment> assignment(int id) const;
  /// May this member commit offsets?
  bool accepts(const GroupMember& member) const;

  /// Expires who was not heard of, and completes a rebalance whose members have all come or whose
  /// time is up.
  void tick(int64_t now_ms, Random& random);
  /// Takes a member out, as when its session has expired.
  void expel(int id);
  std::vector<int> members() const;

  int64_t session_ms = 10'000;
  int64_t rebalance_ms = 30'000;

 private:
  struct Member {
    std::string instance;
    int64_t heard_ms = 0;
    bool joined = false;
    std::vector<int32_t> partitions;
  };
  void begin_rebalance(int64_t now_ms);
  void complete_rebalance(Random& random);

  int partitions_;
  Trace& trace_;
  std::map<int, Member> members_;
  int next_id_ = 1;
  int generation_ = 0;
  bool rebalancing_ = false;
  int64_t rebalance_since_ms_ = 0;
  int64_t last_now_ms_ = 0;
};

}  // namespace sapa::simulation
