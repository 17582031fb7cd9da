// Which of many conditions hold for the event or timer at hand: asks the workspace's indexes for
// candidates and evaluates those. Every expression that indexes look up is evaluated once between
// two begin(). One thread; reused from event to event.
#pragma once

#include <string_view>
#include <vector>

#include "engine/evaluation/evaluation.h"

namespace sapa {

class ConditionMatcher {
 public:
  ConditionMatcher(const Workspace& workspace, const Evaluation& evaluation)
      : workspace_(workspace), evaluation_(evaluation), values_(workspace.lookups().size()) {}

  struct Match {
    uint32_t rank;  ///< of the campaign
    bool failed;    ///< the condition could not be evaluated: `why`, in the arena
    std::string_view why;
  };

  /// Of conditions that are the same and fail, how many are told.
  static constexpr uint32_t kFailuresTold = ConditionIndex::kFailuresShown;

  /// What variables hold has changed: a new event or timer, or the metrics of this one.
  void begin() { ++generation_; }

  /// Those of one or two indexes (null: none) that hold or fail, by rank; valid until the next
  /// call. At most Workspace::kMostCandidates conditions of each index are evaluated, the others
  /// are counted in left_out(), and so are matches beyond that number.
  const std::vector<Match>& match(const ConditionIndex& index, const ConditionIndex* other);
  /// Of the last match(): how many of its candidates were not looked at, and the first of them.
  uint64_t left_out() const { return left_out_; }
  uint32_t first_left_out() const { return first_left_out_; }

 private:
  const Value& value(uint32_t lookup);
  void match_one(const ConditionIndex& index);
  void evaluate(const ConditionIndex& index, const ConditionIndex::Unit& unit);
  void leave_out(uint32_t rank, uint64_t count);

  struct Known {
    Value value;
    uint64_t generation = 0;
  };

  const Workspace& workspace_;
  const Evaluation& evaluation_;
  uint64_t generation_ = 1;
  std::vector<Known> values_;  // by lookup
  std::vector<uint32_t> units_;
  std::vector<Match> matches_;
  uint64_t left_out_ = 0;
  uint32_t first_left_out_ = 0;
};

}  // namespace sapa
