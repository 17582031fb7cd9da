// Many conditions, found by what they compare: a tree of look-ups. A node asks for the value of an
// expression that many of its conditions compare with constants (event.properties.category) and
// leads on to those whose constant it is; conditions that compare nothing of the kind are always
// candidates. A candidate must still be evaluated. Exact: a condition that would be true is always
// among the candidates. One whose looked-up expression fails cannot be true; of those, the first
// few are candidates all the same, so that somebody learns of the failure. Immutable after
// building.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "engine/expression/expression.h"

namespace sapa {

using ProgramPtr = std::shared_ptr<const expression::Program>;

/// The expressions that indexes look up, each once in a workspace, so that an event's value is
/// worked out once for all of them.
class LookupTable {
 public:
  /// kNone if the expression does not compile alone.
  uint32_t id_of(const expression::Conjunct& conjunct, const expression::Environment& environment);
  const expression::Program& program(uint32_t id) const { return *programs_[id]; }
  uint32_t size() const { return static_cast<uint32_t>(programs_.size()); }

  static constexpr uint32_t kNone = UINT32_MAX;

 private:
  std::vector<ProgramPtr> programs_;
  absl::flat_hash_map<std::string, uint32_t> by_key_;
};

class ConditionIndex {
 public:
  /// A condition and who has it: numbers of campaigns, ascending.
  struct Unit {
    const expression::Program* condition = nullptr;  ///< null: always true
    uint32_t first = 0, count = 0;                   ///< of numbers()
  };
  /// Of conditions whose looked-up expression fails, how many are candidates.
  static constexpr size_t kFailuresShown = 16;

  /// Numbers must come in ascending order.
  void add(uint32_t number, const expression::Program* condition);
  /// After the last add().
  void build(LookupTable& lookups, const expression::Environment& environment);

  bool empty() const { return units_.empty(); }
  const std::vector<Unit>& units() const { return units_; }  ///< by their first number
  const uint32_t* numbers(const Unit& unit) const { return numbers_.data() + unit.first; }
  /// No tree: all of them are candidates.
  bool is_plain() const { return groups_.empty(); }
  /// How many numbers one event can make candidates at most, not counting ranges, which depend on
  /// the event's numbers.
  uint64_t worst_case() const { return worst_case_; }

  /// Appends the candidates among units(), in no order, some perhaps twice. `value(lookup)` gives a
  /// looked-up expression's value.
  template <typename ValueOf>
  void find(ValueOf&& value, std::vector<uint32_t>& units) const {
    if (!nodes_.empty()) visit(0, value, units);
  }

 private:
  friend class ConditionIndexBuilder;

  struct Node {
    uint32_t first_unit = 0, unit_count = 0;    ///< of node_units_: candidates here
    uint32_t first_group = 0, group_count = 0;  ///< of groups_
  };
  struct Interval {
    double low, high;
    double highest;  ///< of this subtree: the array is a balanced tree in order of `low`
    uint32_t node;
  };
  struct Group {
    uint32_t lookup = 0;
    expression::Conjunct::Form form = expression::Conjunct::Form::kEquals;
    absl::flat_hash_map<uint64_t, uint32_t> nodes;  ///< by the hash of the value or prefix
    std::vector<uint32_t> prefix_lengths;           ///< kPrefix: ascending
    std::vector<Interval> numbers, times;           ///< kRange
    std::vector<uint32_t> failures;                 ///< units, if the look-up fails
  };

  template <typename ValueOf>
  void visit(uint32_t node_index, ValueOf& value, std::vector<uint32_t>& units) const {
    const Node& node = nodes_[node_index];
    units.insert(units.end(), node_units_.begin() + node.first_unit,
                 node_units_.begin() + node.first_unit + node.unit_count);
    for (uint32_t i = 0; i < node.group_count; ++i) {
      const Group& group = groups_[node.first_group + i];
      follow(
          group, value(group.lookup), [&](uint32_t next) { visit(next, value, units); }, units);
    }
  }

  template <typename Next>
  static void follow(const Group& group, const Value& value, Next&& next,
                     std::vector<uint32_t>& units) {
    using Form = expression::Conjunct::Form;
    auto follow_hash = [&](uint64_t hash) {
      auto found = group.nodes.find(hash);
      if (found != group.nodes.end()) next(found->second);
    };
    bool works = !value.is_error();
    switch (group.form) {
      case Form::kTruth:
        works = value.is(Kind::kBool);
        [[fallthrough]];
      case Form::kEquals:
        if (works && expression::can_equal_scalar(value))
          follow_hash(expression::scalar_hash(value));
        break;
      case Form::kRange:
        if (value.is_number()) {
          double number = value.as_double();
          if (number == number) stab(group.numbers, 0, group.numbers.size(), number, next);
          works = group.times.empty();
        } else if (value.is(Kind::kTimestamp)) {
          stab(group.times, 0, group.times.size(), static_cast<double>(value.integer), next);
          works = group.numbers.empty();
        } else {
          works = false;
        }
        break;
      case Form::kPrefix:
        works = value.is(Kind::kString);
        for (uint32_t length : group.prefix_lengths) {
          if (!works || length > value.size) break;
          follow_hash(
              expression::scalar_hash(Value::of_string(value.as_string().substr(0, length))));
        }
        break;
      case Form::kContains:
        works = value.is(Kind::kList) || value.is(Kind::kMap);
        for (uint32_t i = 0; works && i < value.size; ++i) {
          const Value& element = value.is(Kind::kList) ? value.items[i] : value.entries[i].key;
          if (expression::can_equal_scalar(element)) follow_hash(expression::scalar_hash(element));
        }
        break;
    }
    if (!works) units.insert(units.end(), group.failures.begin(), group.failures.end());
  }

  /// Every interval of [begin, end) that holds `at`.
  template <typename Next>
  static void stab(const std::vector<Interval>& all, size_t begin, size_t end, double at,
                   Next& next) {
    while (begin < end) {
      size_t middle = begin + (end - begin) / 2;
      const Interval& interval = all[middle];
      if (interval.highest < at) return;
      stab(all, begin, middle, at, next);
      if (interval.low > at) return;
      if (interval.high >= at) next(interval.node);
      begin = middle + 1;
    }
  }

  std::vector<Unit> units_;
  std::vector<uint32_t> numbers_;
  std::vector<Node> nodes_;  ///< the first is the root
  std::vector<uint32_t> node_units_;
  std::vector<Group> groups_;
  uint64_t worst_case_ = 0;
};

}  // namespace sapa
