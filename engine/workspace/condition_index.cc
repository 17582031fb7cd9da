#include "engine/workspace/condition_index.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/workspace/variables.h"

namespace sapa {

using expression::Conjunct;
using Form = Conjunct::Form;

namespace {

constexpr size_t kFewEnough = 8;     // conditions that a node need not tell apart
constexpr size_t kMostGroups = 64;   // look-ups at one node
constexpr size_t kMostLengths = 32;  // of a node's prefixes of one expression
constexpr int kDeepest = 8;

/// A conjunct as the builder weighs it: which group it would belong to, and its places there.
struct Choice {
  uint32_t group;  // of BuilderGroup
  Form form;
  bool of_time;
  std::vector<uint64_t> hashes;
  double low, high;
  uint32_t prefix_length;
};

/// Look-up and form, as a number.
struct BuilderGroup {
  const Conjunct* conjunct;
  uint32_t lookup = LookupTable::kNone;
  bool tried = false;
};

struct UnitRef {
  uint32_t unit;
  uint32_t used;  // a bit per choice that nodes above have taken
};

}  // namespace

uint32_t LookupTable::id_of(const Conjunct& conjunct, const expression::Environment& environment) {
  auto [at, is_new] = by_key_.try_emplace(conjunct.key, kNone);
  if (!is_new) return at->second;
  expression::Diagnostics ignored;
  expression::CompileOptions options;
  options.conjuncts = true;
  ProgramPtr program = expression::compile(conjunct.source, environment, ignored, options);
  // Taken only if it is without doubt what the condition asks for.
  if (program == nullptr || program->key() != conjunct.key) return kNone;
  at->second = size();
  programs_.push_back(std::move(program));
  return at->second;
}

void ConditionIndex::add(uint32_t number, const expression::Program* condition) {
  units_.push_back({condition, static_cast<uint32_t>(numbers_.size()), 1});
  numbers_.push_back(number);
}

class ConditionIndexBuilder {
 public:
  ConditionIndexBuilder(ConditionIndex& index, LookupTable& lookups,
                        const expression::Environment& environment)
      : index_(index), lookups_(lookups), environment_(environment) {}

  void build() {
    share_units();
    std::vector<UnitRef> all;
    for (uint32_t i = 0; i < index_.units_.size(); ++i) {
      const expression::Program* condition = index_.units_[i].condition;
      if (condition != nullptr && condition->constant().is(Kind::kBool) &&
          !condition->constant().boolean) {
        continue;  // never true
      }
      all.push_back({i, 0});
    }
    placements_left_ = 32 * all.size() + 4096;
    if (all.size() > kFewEnough) {
      choices_.resize(index_.units_.size());
      for (const UnitRef& ref : all) read_choices(ref.unit);
    }
    index_.nodes_.emplace_back();
    index_.worst_case_ = fill(0, all, 0);
  }

 private:
  /// Units of the same condition become one.
  void share_units() {
    auto& units = index_.units_;
    absl::flat_hash_map<const expression::Program*, uint32_t> first;
    std::vector<std::vector<uint32_t>> numbers;
    std::vector<ConditionIndex::Unit> shared;
    for (const auto& unit : units) {
      auto [at, is_new] = first.try_emplace(unit.condition, static_cast<uint32_t>(shared.size()));
      if (is_new) {
        shared.push_back({unit.condition, 0, 0});
        numbers.emplace_back();
      }
      numbers[at->second].push_back(index_.numbers_[unit.first]);
    }
    index_.numbers_.clear();
    for (size_t i = 0; i < shared.size(); ++i) {
      shared[i].first = static_cast<uint32_t>(index_.numbers_.size());
      shared[i].count = static_cast<uint32_t>(numbers[i].size());
      index_.numbers_.insert(index_.numbers_.end(), numbers[i].begin(), numbers[i].end());
    }
    units = std::move(shared);
  }

  static bool can_index(const Conjunct& conjunct) {
    if (conjunct.form != Form::kContains) return true;
    // Keys of a metric by key are compared as text, not as values.
    bool by_key_metric = conjunct.whole && conjunct.slot >= variables::kMetrics &&
                         conjunct.slot < variables::kSegments;
    return conjunct.keyed && !by_key_metric;
  }

  void read_choices(uint32_t unit) {
    const expression::Program* condition = index_.units_[unit].condition;
    if (condition == nullptr) return;
    for (const Conjunct& conjunct : condition->conjuncts()) {
      if (!can_index(conjunct)) continue;
      Choice choice{
          group_of(conjunct), conjunct.form, conjunct.of_time, {}, conjunct.low, conjunct.high, 0};
      for (const Value& value : conjunct.values) {
        choice.hashes.push_back(expression::scalar_hash(value));
      }
      std::sort(choice.hashes.begin(), choice.hashes.end());
      choice.hashes.erase(std::unique(choice.hashes.begin(), choice.hashes.end()),
                          choice.hashes.end());
      if (conjunct.form == Form::kPrefix) choice.prefix_length = conjunct.values[0].size;
      choices_[unit].push_back(std::move(choice));
    }
  }

  uint32_t group_of(const Conjunct& conjunct) {
    std::string key = std::to_string(static_cast<int>(conjunct.form)) + conjunct.key;
    auto [at, is_new] = group_ids_.try_emplace(std::move(key), groups_.size());
    if (is_new) groups_.push_back({&conjunct});
    return at->second;
  }

  uint32_t lookup_of(uint32_t group) {
    BuilderGroup& found = groups_[group];
    if (!found.tried) {
      found.tried = true;
      found.lookup = lookups_.id_of(*found.conjunct, environment_);
    }
    return found.lookup;
  }

  /// How many units share each place, and each group.
  struct Counts {
    absl::flat_hash_map<std::pair<uint32_t, uint64_t>, uint32_t> places;
    absl::flat_hash_map<uint32_t, uint32_t> groups;
  };

  /// How many candidates the choice leaves when it holds: fewer is better.
  static uint64_t cost(const Choice& choice, const Counts& counts) {
    if (choice.form == Form::kRange) {
      return std::max<uint64_t>(1, counts.groups.at(choice.group) / 2);
    }
    uint64_t sum = 0;
    for (uint64_t hash : choice.hashes) sum += counts.places.at({choice.group, hash});
    return sum;
  }

  static constexpr uint32_t kNoChoice = UINT32_MAX;

  uint32_t best_choice(const UnitRef& ref, const Counts& counts,
                       const std::set<uint32_t>* allowed) const {
    uint32_t best = kNoChoice;
    uint64_t best_cost = 0, best_size = 0;
    const auto& choices = choices_[ref.unit];
    for (uint32_t i = 0; i < choices.size(); ++i) {
      if (ref.used >> i & 1) continue;
      if (allowed != nullptr && !allowed->contains(choices[i].group)) continue;
      uint64_t its_cost = cost(choices[i], counts), size = counts.groups.at(choices[i].group);
      if (size < 2) continue;  // looking it up costs as much as evaluating the one condition
      if (best != kNoChoice &&
          (its_cost > best_cost || (its_cost == best_cost && size <= best_size))) {
        continue;
      }
      best = i, best_cost = its_cost, best_size = size;
    }
    return best;
  }

  Counts count(const std::vector<UnitRef>& refs) const {
    Counts counts;
    for (const UnitRef& ref : refs) {
      const auto& choices = choices_[ref.unit];
      for (uint32_t i = 0; i < choices.size(); ++i) {
        if (ref.used >> i & 1) continue;
        ++counts.groups[choices[i].group];
        for (uint64_t hash : choices[i].hashes) ++counts.places[{choices[i].group, hash}];
      }
    }
    return counts;
  }

  /// The groups that most conditions would choose.
  std::set<uint32_t> best_groups(const std::vector<UnitRef>& refs, const Counts& counts) {
    std::map<uint32_t, uint32_t> chosen;
    for (const UnitRef& ref : refs) {
      uint32_t choice = best_choice(ref, counts, nullptr);
      if (choice != kNoChoice) ++chosen[choices_[ref.unit][choice].group];
    }
    std::vector<std::pair<uint32_t, uint32_t>> by_size;
    for (auto [group, size] : chosen) {
      if (lookup_of(group) != LookupTable::kNone) by_size.emplace_back(size, group);
    }
    std::stable_sort(by_size.begin(), by_size.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    std::set<uint32_t> best;
    for (const auto& [size, group] : by_size) {
      if (best.size() < kMostGroups) best.insert(group);
    }
    return best;
  }

  uint64_t campaigns_of(const std::vector<UnitRef>& refs) const {
    uint64_t sum = 0;
    for (const UnitRef& ref : refs) sum += index_.units_[ref.unit].count;
    return sum;
  }

  struct Member {
    UnitRef ref;
    const Choice* choice;
  };

  /// Fills the node; the result is its worst case.
  uint64_t fill(uint32_t node, const std::vector<UnitRef>& refs, int depth) {
    std::map<uint32_t, std::vector<Member>> members;
    std::vector<UnitRef> rest;
    if (refs.size() <= kFewEnough || depth >= kDeepest || placements_left_ == 0) {
      rest = refs;
    } else {
      distribute(refs, members, rest);
    }
    auto& units = index_.node_units_;
    index_.nodes_[node].first_unit = static_cast<uint32_t>(units.size());
    index_.nodes_[node].unit_count = static_cast<uint32_t>(rest.size());
    for (const UnitRef& ref : rest) units.push_back(ref.unit);
    auto first_group = static_cast<uint32_t>(index_.groups_.size());
    index_.nodes_[node].first_group = first_group;
    index_.nodes_[node].group_count = static_cast<uint32_t>(members.size());
    index_.groups_.resize(index_.groups_.size() + members.size());
    uint64_t worst = campaigns_of(rest);
    uint32_t at = first_group;
    for (const auto& [group, its_members] : members) {
      worst += fill_group(at++, group, its_members, depth);
    }
    return worst;
  }

  void distribute(const std::vector<UnitRef>& refs,
                  std::map<uint32_t, std::vector<Member>>& members, std::vector<UnitRef>& rest) {
    Counts counts = count(refs);
    std::set<uint32_t> allowed = best_groups(refs, counts);
    std::map<uint32_t, std::set<uint32_t>> lengths;
    for (const UnitRef& ref : refs) {
      uint32_t index = best_choice(ref, counts, &allowed);
      if (index == kNoChoice) {
        rest.push_back(ref);
        continue;
      }
      const Choice& choice = choices_[ref.unit][index];
      size_t places = std::max<size_t>(1, choice.hashes.size());
      if (choice.form == Form::kPrefix) {
        auto& known = lengths[choice.group];
        if (known.size() >= kMostLengths && !known.contains(choice.prefix_length))
          places = SIZE_MAX;
        if (places != SIZE_MAX) known.insert(choice.prefix_length);
      }
      if (places > placements_left_) {
        rest.push_back(ref);
        continue;
      }
      placements_left_ -= places;
      members[choice.group].push_back({{ref.unit, ref.used | 1u << index}, &choice});
    }
  }

  uint64_t fill_group(uint32_t at, uint32_t group, const std::vector<Member>& members, int depth) {
    ConditionIndex::Group made;
    made.lookup = lookup_of(group);
    made.form = members.front().choice->form;
    for (const Member& member : members) {
      if (made.failures.size() < ConditionIndex::kFailuresShown) {
        made.failures.push_back(member.ref.unit);
      }
    }
    uint64_t worst = 0;
    if (made.form == Form::kRange) {
      for (bool of_time : {false, true}) {
        worst = std::max(worst,
                         fill_ranges(members, of_time, depth, of_time ? made.times : made.numbers));
      }
    } else {
      std::map<uint64_t, std::vector<UnitRef>> by_hash;
      std::set<uint32_t> lengths;
      for (const Member& member : members) {
        for (uint64_t hash : member.choice->hashes) by_hash[hash].push_back(member.ref);
        lengths.insert(member.choice->prefix_length);
      }
      for (const auto& [hash, refs] : by_hash) {
        uint32_t node = add_node();
        made.nodes.emplace(hash, node);
        worst = std::max(worst, fill(node, refs, depth + 1));
      }
      if (made.form == Form::kPrefix) made.prefix_lengths.assign(lengths.begin(), lengths.end());
    }
    index_.groups_[at] = std::move(made);
    return worst;
  }

  uint64_t fill_ranges(const std::vector<Member>& members, bool of_time, int depth,
                       std::vector<ConditionIndex::Interval>& out) {
    std::map<std::pair<double, double>, std::vector<UnitRef>> by_bounds;
    for (const Member& member : members) {
      if (member.choice->of_time != of_time) continue;
      by_bounds[{member.choice->low, member.choice->high}].push_back(member.ref);
    }
    uint64_t worst = 0;
    for (const auto& [bounds, refs] : by_bounds) {
      uint32_t node = add_node();
      out.push_back({bounds.first, bounds.second, bounds.second, node});
      worst = std::max(worst, fill(node, refs, depth + 1));
    }
    note_highest(out, 0, out.size());
    return worst;
  }

  static double note_highest(std::vector<ConditionIndex::Interval>& all, size_t begin, size_t end) {
    if (begin >= end) return -std::numeric_limits<double>::infinity();
    size_t middle = begin + (end - begin) / 2;
    double below = note_highest(all, begin, middle), above = note_highest(all, middle + 1, end);
    all[middle].highest = std::max({all[middle].high, below, above});
    return all[middle].highest;
  }

  uint32_t add_node() {
    index_.nodes_.emplace_back();
    return static_cast<uint32_t>(index_.nodes_.size() - 1);
  }

  ConditionIndex& index_;
  LookupTable& lookups_;
  const expression::Environment& environment_;
  std::vector<std::vector<Choice>> choices_;  // by unit
  std::vector<BuilderGroup> groups_;
  absl::flat_hash_map<std::string, uint32_t> group_ids_;
  size_t placements_left_ = 0;
};

void ConditionIndex::build(LookupTable& lookups, const expression::Environment& environment) {
  ConditionIndexBuilder(*this, lookups, environment).build();
}

}  // namespace sapa
