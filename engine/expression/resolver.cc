#include "engine/expression/resolver.h"

#include <algorithm>
#include <string>

#include "engine/expression/functions.h"
#include "engine/expression/type_names.h"
#include "engine/expression/well_known.h"

namespace sapa::expression {
namespace {

constexpr uint32_t kNoLocal = UINT32_MAX;

/// What a subtree needs from outside: whether it can be folded to a constant.
struct Needs {
  bool variable = false;
  uint32_t first_local = kNoLocal;  ///< the outermost local that it reads

  void add(Needs other) {
    variable |= other.variable;
    first_local = std::min(first_local, other.first_local);
  }
};

const Expr* chain_root(const Expr* e) {
  while (e->kind == ExprKind::kSelect) e = e->args[0];
  return e;
}

class Resolver {
 public:
  Resolver(Ast& ast, const Environment& environment) : ast_(ast), environment_(environment) {}

  Resolved run() {
    resolve(ast_.root);
    return {most_locals_};
  }

 private:
  Needs resolve(Expr* e);
  Needs resolve_args(Expr* e, uint32_t from = 0);
  Needs resolve_ident(Expr* e);
  Needs resolve_select(Expr* e);
  Needs resolve_call(Expr* e);
  Needs resolve_message(Expr* e);
  /// args[0] outside, the others with the node's names in scope.
  Needs resolve_scope(Expr* e);
  bool resolve_namespaced_call(Expr* e);
  bool find_callable(Expr* e, const std::string& name, bool absolute);

  /// Calls `f` with each full name that `name` may stand for, until it returns true.
  template <typename F>
  bool each_candidate(std::string_view name, bool absolute, F f) const {
    std::string_view container = absolute ? std::string_view() : environment_.container();
    while (!container.empty()) {
      std::string candidate(container);
      candidate += '.';
      candidate += name;
      if (f(candidate)) return true;
      size_t dot = container.rfind('.');
      container = dot == std::string_view::npos ? std::string_view() : container.substr(0, dot);
    }
    return f(std::string(name));
  }
  bool resolve_as_variable(Expr* e, std::string_view name, bool absolute) const;
  bool resolve_as_name(Expr* e, std::string_view name, bool absolute) const;
  uint32_t local_of(const Expr* ident) const;

  struct Local {
    std::string_view name;
    uint32_t slot;
  };

  Ast& ast_;
  const Environment& environment_;
  std::vector<Local> scope_;
  uint32_t next_local_ = 0;
  uint32_t most_locals_ = 0;
};

uint32_t Resolver::local_of(const Expr* ident) const {
  if (ident->kind != ExprKind::kIdent || ident->leading_dot) return kNoLocal;
  for (size_t i = scope_.size(); i-- > 0;) {
    if (scope_[i].name == ident->name) return scope_[i].slot;
  }
  return kNoLocal;
}

bool Resolver::resolve_as_variable(Expr* e, std::string_view name, bool absolute) const {
  return each_candidate(name, absolute, [&](const std::string& candidate) {
    const Environment::Variable* variable = environment_.find(candidate);
    if (!variable) return false;
    e->kind = ExprKind::kIdent;
    e->resolution = Resolution::kVariable;
    e->index = static_cast<uint32_t>(variable - environment_.variables().data());
    e->name = variable->name;
    e->arg_count = 0;
    return true;
  });
}

/// A variable, else the name of a type or an enumerator.
bool Resolver::resolve_as_name(Expr* e, std::string_view name, bool absolute) const {
  if (resolve_as_variable(e, name, absolute)) return true;
  return each_candidate(name, absolute, [&](const std::string& candidate) {
    if (candidate == "google.protobuf.NullValue.NULL_VALUE") {
      e->kind = ExprKind::kConstant;
      e->value = Value::of_int(0);
      e->arg_count = 0;
      return true;
    }
    std::string_view type = find_type_name(candidate);
    if (type.empty()) return false;
    e->kind = ExprKind::kIdent;
    e->resolution = Resolution::kTypeName;
    e->name = type;
    e->arg_count = 0;
    return true;
  });
}

Needs Resolver::resolve(Expr* e) {
  Needs needs;
  switch (e->kind) {
    case ExprKind::kConstant:
      break;
    case ExprKind::kIdent:
      needs = resolve_ident(e);
      break;
    case ExprKind::kSelect:
      needs = resolve_select(e);
      break;
    case ExprKind::kCall:
      needs = resolve_call(e);
      break;
    case ExprKind::kList:
    case ExprKind::kMap:
      needs = resolve_args(e);
      break;
    case ExprKind::kMessage:
      needs = resolve_message(e);
      break;
    case ExprKind::kFold:
    case ExprKind::kBind:
    case ExprKind::kOptMap:
      needs = resolve_scope(e);
      break;
  }
  e->constant = !needs.variable && needs.first_local == kNoLocal;
  return needs;
}

Needs Resolver::resolve_args(Expr* e, uint32_t from) {
  Needs needs;
  for (uint32_t i = from; i < e->arg_count; ++i) needs.add(resolve(e->args[i]));
  return needs;
}

Needs Resolver::resolve_ident(Expr* e) {
  uint32_t local = local_of(e);
  if (local != kNoLocal) {
    e->resolution = Resolution::kLocal;
    e->index = local;
    return {false, local};
  }
  bool is_constant =
      resolve_as_name(e, e->name, e->leading_dot) && e->resolution != Resolution::kVariable;
  return {!is_constant, kNoLocal};
}

Needs Resolver::resolve_select(Expr* e) {
  Expr* operand = e->args[0];
  std::string prefix;
  if (plain_chain(operand, prefix) && local_of(chain_root(operand)) == kNoLocal) {
    bool absolute = chain_root(operand)->leading_dot;
    std::string name = prefix + "." + std::string(e->name);
    bool only_variable = e->has || e->optional;
    bool found =
        only_variable ? resolve_as_variable(e, name, absolute) : resolve_as_name(e, name, absolute);
    if (found) {
      bool is_variable = e->kind == ExprKind::kIdent && e->resolution == Resolution::kVariable;
      return {is_variable, kNoLocal};
    }
  }
  return resolve(operand);
}

bool Resolver::find_callable(Expr* e, const std::string& name, bool absolute) {
  return each_candidate(name, absolute, [&](const std::string& candidate) {
    const Function* function = find_function(candidate);
    if (!function && !environment_.find_function(candidate)) return false;
    e->function = function;
    e->name = function ? std::string_view(function->name) : ast_.arena.copy(candidate);
    return true;
  });
}

/// math.sqrt(x): a receiver that is no value but the front of a function's name.
bool Resolver::resolve_namespaced_call(Expr* e) {
  std::string name;
  const Expr* receiver = e->args[0];
  if (!plain_chain(receiver, name)) return false;
  const Expr* root = chain_root(receiver);
  if (local_of(root) != kNoLocal) return false;
  name += '.';
  name += e->name;
  if (!find_callable(e, name, root->leading_dot)) return false;
  e->member = false;
  ++e->args;
  --e->arg_count;
  return true;
}

Needs Resolver::resolve_call(Expr* e) {
  if (e->op != Operator::kNone) return resolve_args(e);
  if (e->member && !resolve_namespaced_call(e)) {
    Expr* receiver = e->args[0];
    bool readable = receiver->kind == ExprKind::kSelect || receiver->is_operator(Operator::kIndex);
    if (e->name == "orValue" && e->arg_count == 2 && readable && !receiver->optional &&
        !receiver->has) {
      receiver->optional = true;
      e->lenient = true;
    }
    e->function = find_function(e->name);
  } else if (!e->member && !e->function) {
    find_callable(e, std::string(e->name), e->leading_dot);
  }
  Needs needs = resolve_args(e);
  if (!e->function) needs.variable = true;
  return needs;
}

Needs Resolver::resolve_message(Expr* e) {
  std::string_view name = e->name;
  bool absolute = name.starts_with('.');
  if (absolute) name.remove_prefix(1);
  each_candidate(name, absolute, [&](const std::string& candidate) {
    if (!is_well_known_message(candidate)) return false;
    e->name = ast_.arena.copy(candidate);
    return true;
  });
  return resolve_args(e);
}

Needs Resolver::resolve_scope(Expr* e) {
  Needs needs = resolve(e->args[0]);
  uint32_t slot = next_local_;
  e->index = slot;
  next_local_ += e->kind == ExprKind::kFold ? 2 : 1;
  most_locals_ = std::max(most_locals_, next_local_);
  size_t outer = scope_.size();
  scope_.push_back({e->name, slot});
  if (!e->second_name.empty()) scope_.push_back({e->second_name, slot + 1});
  Needs body = resolve_args(e, 1);
  scope_.resize(outer);
  next_local_ = slot;
  if (body.first_local != kNoLocal && body.first_local >= slot) body.first_local = kNoLocal;
  needs.add(body);
  return needs;
}

}  // namespace

bool plain_chain(const Expr* e, std::string& out) {
  if (e->parenthesized || e->optional || e->has) return false;
  if (e->kind == ExprKind::kIdent && e->resolution == Resolution::kUnresolved) {
    out = e->name;
    return true;
  }
  if (e->kind != ExprKind::kSelect || !plain_chain(e->args[0], out)) return false;
  out += '.';
  out += e->name;
  return true;
}

Resolved resolve(Ast& ast, const Environment& environment) {
  return Resolver(ast, environment).run();
}

}  // namespace sapa::expression
