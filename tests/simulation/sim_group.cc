#include "tests/simulation/sim_group.h"

#include <algorithm>

#include <fmt/ranges.h>

namespace sapa::simulation {

int SimGroup::join(int id, const std::string& instance, int64_t now_ms) {
  last_now_ms_ = now_ms;
  if (auto at = members_.find(id); at != members_.end()) {
    at->second.heard_ms = now_ms;
    if (!rebalancing_) begin_rebalance(now_ms);
    at->second.joined = true;
    return id;
  }
  const int fresh = next_id_++;
  Member member;
  member.instance = instance;
  member.heard_ms = now_ms;
  if (!instance.empty()) {
    for (auto at = members_.begin(); at != members_.end(); ++at) {
      if (at->second.instance != instance) continue;
      // A static member comes back: its place, its partitions, and no rebalance.
      member.partitions = at->second.partitions;
      member.joined = at->second.joined || rebalancing_;
      trace_.line("group: member {} replaces {} ({})", fresh, at->first, instance);
      members_.erase(at);
      members_.emplace(fresh, std::move(member));
      return fresh;
    }
  }
  if (!rebalancing_) begin_rebalance(now_ms);
  member.joined = true;
  members_.emplace(fresh, std::move(member));
  trace_.line("group: member {} joins {}", fresh, instance);
  return fresh;
}

void SimGroup::leave(int id) {
  auto at = members_.find(id);
  // A static member stays until its session expires.
  if (at == members_.end() || !at->second.instance.empty()) return;
  expel(id);
}

void SimGroup::expel(int id) {
  if (members_.erase(id) == 0) return;
  trace_.line("group: member {} is out", id);
  if (!rebalancing_) begin_rebalance(last_now_ms_);
}

Pulse SimGroup::heartbeat(int id, int64_t now_ms) {
  auto at = members_.find(id);
  if (at == members_.end()) return Pulse::kUnknown;
  at->second.heard_ms = now_ms;
  return rebalancing_ && !at->second.joined ? Pulse::kRebalancing : Pulse::kStable;
}

std::optional<GroupAssignment> SimGroup::assignment(int id) const {
  auto at = members_.find(id);
  if (at == members_.end() || rebalancing_) return std::nullopt;
  return GroupAssignment{generation_, at->second.partitions};
}

bool SimGroup::accepts(const GroupMember& member) const {
  return members_.contains(member.id) && member.generation == generation_;
}

void SimGroup::begin_rebalance(int64_t now_ms) {
  rebalancing_ = true;
  rebalance_since_ms_ = now_ms;
  for (auto& [id, member] : members_) member.joined = false;
}

void SimGroup::tick(int64_t now_ms, Random& random) {
  last_now_ms_ = now_ms;
  std::vector<int> silent;
  for (const auto& [id, member] : members_) {
    if (now_ms - member.heard_ms > session_ms) silent.push_back(id);
  }
  for (int id : silent) expel(id);
  if (!rebalancing_ || members_.empty()) return;
  bool all = std::all_of(members_.begin(), members_.end(),
                         [](const auto& entry) { return entry.second.joined; });
  if (!all && now_ms - rebalance_since_ms_ <= rebalance_ms) return;
  std::erase_if(members_, [](const auto& entry) { return !entry.second.joined; });
  if (members_.empty()) return;
  complete_rebalance(random);
}

void SimGroup::complete_rebalance(Random& random) {
  ++generation_;
  rebalancing_ = false;
  std::vector<Member*> order;
  for (auto& [id, member] : members_) {
    member.partitions.clear();
    order.push_back(&member);
  }
  // Who gets what is the seed's choice: more moves than a real assignor makes.
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  for (int32_t partition = 0; partition < partitions_; ++partition) {
    order[static_cast<size_t>(partition) % order.size()]->partitions.push_back(partition);
  }
  for (const auto& [id, member] : members_) {
    trace_.line("group: generation {}: member {} gets [{}]", generation_, id,
                fmt::join(member.partitions, ","));
  }
}

std::vector<int> SimGroup::members() const {
  std::vector<int> ids;
  for (const auto& [id, member] : members_) ids.push_back(id);
  return ids;
}

}  // namespace sapa::simulation
