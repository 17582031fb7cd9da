// Type variables and what they stand for, as in CEL's definition of assignability: a parameter is
// bound by the first argument, widened by later ones; dyn goes with everything.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/expression/type.h"

namespace sapa::expression {

class Unifier {
 public:
  Type fresh_variable() { return Type::parameter("#" + std::to_string(next_++)); }

  /// Whether a value of type `from` can stand where `to` is wanted; binds variables if so.
  bool assignable(const Type& from, const Type& to);
  /// All pairs, or nothing is bound.
  bool assignable(const std::vector<Type>& from, const std::vector<Type>& to);

  /// `type` with variables replaced by what they are bound to; unbound ones stay, or become dyn.
  Type substitute(const Type& type, bool unbound_to_dyn = false) const;
  /// `type` with each parameter (A, B …) replaced by a fresh variable, the same one for the same
  /// name.
  Type instantiate(const Type& type, std::vector<std::pair<std::string, Type>>& fresh);
  /// The type of a list with elements of both types; dyn if they have nothing in common.
  Type join(const Type& a, const Type& b);

 private:
  bool try_assign(const Type& from, const Type& to);
  bool try_parameters(const Type& from, const Type& to);
  /// Whether `variable` may stand for `type`; `bound`: it already stood for something.
  bool bind(const Type& type, const Type& variable, bool& bound);
  bool occurs(const std::string& variable, const Type& in) const;
  const Type* find(const std::string& variable) const;
  void set(const std::string& variable, Type type);
  void undo_to(size_t mark);

  struct Change {
    std::string variable;
    bool was_bound;
    Type before;
  };
  std::unordered_map<std::string, Type> bound_;
  std::vector<Change> changes_;
  uint32_t next_ = 0;
};

}  // namespace sapa::expression
