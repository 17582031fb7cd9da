#include "engine/expression/unify.h"

namespace sapa::expression {
namespace {

size_t parameter_count(const Type& type) { return type.parameters ? type.parameters->size() : 0; }

/// Whether `a` says no more than `b`: dyn and variables say least.
bool is_equal_or_less_specific(const Type& a, const Type& b) {
  if (a.is_dynamic() || a.is(TypeKind::kTypeParam)) return true;
  if (b.is_dynamic() || b.is(TypeKind::kTypeParam)) return false;
  if (a.is(TypeKind::kWrapper))
    return b.is(TypeKind::kWrapper) ? a == b : a.at(0) == b || b.is(TypeKind::kNull);
  if (b.is(TypeKind::kNull)) return true;
  if (a.kind != b.kind || a.name != b.name || parameter_count(a) != parameter_count(b))
    return false;
  if (a.is(TypeKind::kType)) return true;
  for (size_t i = 0; i < parameter_count(a); ++i) {
    if (!is_equal_or_less_specific(a.at(i), b.at(i))) return false;
  }
  return true;
}

const Type& more_general(const Type& a, const Type& b) {
  return is_equal_or_less_specific(a, b) ? a : b;
}

bool takes_null(const Type& type) {
  switch (type.kind) {
    case TypeKind::kNull:
    case TypeKind::kWrapper:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
    case TypeKind::kOptional:
    case TypeKind::kOpaque:
      return true;
    default:
      return false;
  }
}

}  // namespace

const Type* Unifier::find(const std::string& variable) const {
  auto at = bound_.find(variable);
  return at == bound_.end() ? nullptr : &at->second;
}

void Unifier::set(const std::string& variable, Type type) {
  auto at = bound_.find(variable);
  bool was_bound = at != bound_.end();
  changes_.push_back({variable, was_bound, was_bound ? at->second : Type()});
  bound_[variable] = std::move(type);
}

void Unifier::undo_to(size_t mark) {
  while (changes_.size() > mark) {
    Change& change = changes_.back();
    if (change.was_bound) {
      bound_[change.variable] = std::move(change.before);
    } else {
      bound_.erase(change.variable);
    }
    changes_.pop_back();
  }
}

bool Unifier::assignable(const Type& from, const Type& to) {
  size_t mark = changes_.size();
  bool ok = try_assign(from, to);
  if (!ok) undo_to(mark);
  changes_.resize(mark);
  return ok;
}

bool Unifier::assignable(const std::vector<Type>& from, const std::vector<Type>& to) {
  if (from.size() != to.size()) return false;
  size_t mark = changes_.size();
  bool ok = true;
  for (size_t i = 0; ok && i < from.size(); ++i) ok = try_assign(from[i], to[i]);
  if (!ok) undo_to(mark);
  changes_.resize(mark);
  return ok;
}

bool Unifier::try_assign(const Type& from, const Type& to) {
  if (to.is(TypeKind::kTypeParam)) {
    bool bound = false;
    if (bind(from, to, bound)) return true;
    if (bound) return false;
  }
  if (from.is(TypeKind::kTypeParam)) {
    bool bound = false;
    return bind(to, from, bound);
  }
  if (from.is_dynamic() || to.is_dynamic()) return true;
  if (from.is(TypeKind::kNull)) return takes_null(to);
  if (to.is(TypeKind::kNull)) return takes_null(from);
  if (from.is(TypeKind::kWrapper) && !to.is(TypeKind::kWrapper)) return from.at(0) == to;
  if (to.is(TypeKind::kWrapper) && !from.is(TypeKind::kWrapper)) return to.at(0) == from;
  if (from.kind != to.kind) return false;
  if (from.is(TypeKind::kType)) return true;
  return from.name == to.name && try_parameters(from, to);
}

bool Unifier::try_parameters(const Type& from, const Type& to) {
  if (parameter_count(from) != parameter_count(to)) return false;
  for (size_t i = 0; i < parameter_count(from); ++i) {
    if (!try_assign(from.at(i), to.at(i))) return false;
  }
  return true;
}

bool Unifier::bind(const Type& type, const Type& variable, bool& bound) {
  bound = true;
  if (type == variable) return true;
  if (const Type* found = find(variable.name)) {
    Type current = *found;
    if (type == current) return true;
    if (!try_assign(type, current)) return false;
    const Type& general = more_general(type, current);
    if (!occurs(variable.name, general)) set(variable.name, general);
    return true;
  }
  bound = false;
  if (occurs(variable.name, type)) return false;
  set(variable.name, type);
  return true;
}

bool Unifier::occurs(const std::string& variable, const Type& in) const {
  if (in.is(TypeKind::kTypeParam)) {
    if (in.name == variable) return true;
    const Type* bound = find(in.name);
    return bound && occurs(variable, *bound);
  }
  for (size_t i = 0; i < parameter_count(in); ++i) {
    if (occurs(variable, in.at(i))) return true;
  }
  return false;
}

Type Unifier::substitute(const Type& type, bool unbound_to_dyn) const {
  if (type.is(TypeKind::kTypeParam)) {
    const Type* bound = find(type.name);
    if (bound) return substitute(*bound, unbound_to_dyn);
    return unbound_to_dyn ? Type() : type;
  }
  if (parameter_count(type) == 0) return type;
  std::vector<Type> parameters;
  for (const Type& parameter : *type.parameters) {
    parameters.push_back(substitute(parameter, unbound_to_dyn));
  }
  Type result(type.kind);
  result.name = type.name;
  result.parameters = std::make_shared<const std::vector<Type>>(std::move(parameters));
  return result;
}

Type Unifier::instantiate(const Type& type, std::vector<std::pair<std::string, Type>>& fresh) {
  if (type.is(TypeKind::kTypeParam)) {
    for (const auto& [name, variable] : fresh) {
      if (name == type.name) return variable;
    }
    return fresh.emplace_back(type.name, fresh_variable()).second;
  }
  if (parameter_count(type) == 0) return type;
  std::vector<Type> parameters;
  for (const Type& parameter : *type.parameters)
    parameters.push_back(instantiate(parameter, fresh));
  Type result(type.kind);
  result.name = type.name;
  result.parameters = std::make_shared<const std::vector<Type>>(std::move(parameters));
  return result;
}

Type Unifier::join(const Type& a, const Type& b) {
  if (!assignable(a, b)) return TypeKind::kDyn;
  return more_general(substitute(a), substitute(b));
}

}  // namespace sapa::expression
