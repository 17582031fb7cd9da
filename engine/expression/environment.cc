#include "engine/expression/expression.h"

namespace sapa::expression {

void Environment::declare(std::string name, Type type, uint32_t slot) {
  auto [at, added] = by_name_.try_emplace(name, variables_.size());
  Variable variable{std::move(name), std::move(type), slot};
  if (added) {
    variables_.push_back(std::move(variable));
  } else {
    variables_[at->second] = std::move(variable);
  }
}

void Environment::set_container(std::string container) { container_ = std::move(container); }

void Environment::declare_function(std::string name, DeclaredOverload overload) {
  functions_[std::move(name)].push_back(std::move(overload));
}

const Environment::Variable* Environment::find(std::string_view name) const {
  auto at = by_name_.find(name);
  return at == by_name_.end() ? nullptr : &variables_[at->second];
}

const std::vector<Environment::DeclaredOverload>* Environment::find_function(
    std::string_view name) const {
  auto at = functions_.find(name);
  return at == functions_.end() ? nullptr : &at->second;
}

}  // namespace sapa::expression
