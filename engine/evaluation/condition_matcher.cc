#include "engine/evaluation/condition_matcher.h"

#include <algorithm>

namespace sapa {

const Value& ConditionMatcher::value(uint32_t lookup) {
  Known& known = values_[lookup];
  if (known.generation != generation_) {
    known.value = evaluation_.run(workspace_.lookups().program(lookup));
    known.generation = generation_;
  }
  return known.value;
}

const std::vector<ConditionMatcher::Match>& ConditionMatcher::match(const ConditionIndex& index,
                                                                    const ConditionIndex* other) {
  matches_.clear();
  left_out_ = 0;
  if (!index.empty()) match_one(index);
  if (other != nullptr && !other->empty()) match_one(*other);
  if (matches_.size() < 2) return matches_;
  auto by_rank = [](const Match& a, const Match& b) { return a.rank < b.rank; };
  if (!std::is_sorted(matches_.begin(), matches_.end(), by_rank)) {
    std::sort(matches_.begin(), matches_.end(), by_rank);
  }
  if (matches_.size() > Workspace::kMostCandidates) {
    leave_out(matches_[Workspace::kMostCandidates].rank,
              matches_.size() - Workspace::kMostCandidates);
    matches_.resize(Workspace::kMostCandidates);
  }
  return matches_;
}

void ConditionMatcher::match_one(const ConditionIndex& index) {
  if (index.is_plain() && index.units().size() <= Workspace::kMostCandidates) {
    for (const ConditionIndex::Unit& unit : index.units()) evaluate(index, unit);
    return;
  }
  units_.clear();
  index.find([this](uint32_t lookup) -> const Value& { return value(lookup); }, units_);
  std::sort(units_.begin(), units_.end());
  units_.erase(std::unique(units_.begin(), units_.end()), units_.end());
  for (size_t i = 0; i < units_.size(); ++i) {
    const ConditionIndex::Unit& unit = index.units()[units_[i]];
    if (i < Workspace::kMostCandidates) {
      evaluate(index, unit);
    } else {
      leave_out(*index.numbers(unit), unit.count);
    }
  }
}

void ConditionMatcher::evaluate(const ConditionIndex& index, const ConditionIndex::Unit& unit) {
  std::string_view why;
  Evaluation::Answer answer = evaluation_.holds(unit.condition, why);
  if (answer == Evaluation::Answer::kNo) return;
  bool failed = answer == Evaluation::Answer::kError;
  uint32_t count = failed ? std::min(unit.count, kFailuresTold) : unit.count;
  const uint32_t* numbers = index.numbers(unit);
  for (uint32_t i = 0; i < count; ++i) matches_.push_back({numbers[i], failed, why});
}

void ConditionMatcher::leave_out(uint32_t rank, uint64_t count) {
  if (left_out_ == 0 || rank < first_left_out_) first_left_out_ = rank;
  left_out_ += count;
}

}  // namespace sapa
