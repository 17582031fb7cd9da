#include "engine/expression/macros.h"

#include <optional>

namespace sapa::expression {
namespace {

MacroResult fail(const Expr* where, std::string why) { return {nullptr, where, std::move(why)}; }

bool is_simple_name(const Expr* e) {
  return e->kind == ExprKind::kIdent && !e->leading_dot && !e->has && !e->optional;
}

Expr* like(Expr* call, ExprKind kind, Ast& ast) {
  Expr* node = ast.add(kind);
  node->offset = call->offset;
  node->length = call->length;
  node->begin = call->begin;
  node->end = call->end;
  return node;
}

MacroResult expand_has(Expr* call) {
  Expr* operand = call->args[0];
  if (operand->kind != ExprKind::kSelect || operand->optional || operand->has) {
    return fail(operand, "has() takes a member, as in has(event.properties.price)");
  }
  operand->has = true;
  return {operand, nullptr, {}};
}

MacroResult expand_bind(Expr* call, Ast& ast) {
  if (!is_simple_name(call->args[1])) {
    return fail(call->args[1], "the first argument of cel.bind() is the name to bind");
  }
  Expr* node = like(call, ExprKind::kBind, ast);
  node->name = call->args[1]->name;
  ast.set_args(node, call->args + 2, 2);
  return {node, nullptr, {}};
}

MacroResult expand_opt_map(Expr* call, Ast& ast, bool flat) {
  if (!is_simple_name(call->args[1])) {
    return fail(call->args[1], "the first argument is the name of the variable");
  }
  Expr* node = like(call, ExprKind::kOptMap, ast);
  node->name = call->args[1]->name;
  node->flat = flat;
  Expr* args[] = {call->args[0], call->args[2]};
  ast.set_args(node, args, 2);
  return {node, nullptr, {}};
}

/// math.greatest(a, b, …): several arguments are one list.
MacroResult expand_extreme(Expr* call, Ast& ast) {
  uint32_t count = call->arg_count - 1;
  if (count == 0) return fail(call, "math." + std::string(call->name) + "() needs an argument");
  for (uint32_t i = 1; i <= count; ++i) {
    const Expr* arg = call->args[i];
    bool literal = arg->kind == ExprKind::kConstant;
    bool aggregate = arg->kind == ExprKind::kList || arg->kind == ExprKind::kMap ||
                     arg->kind == ExprKind::kMessage;
    bool single_list = count == 1 && arg->kind == ExprKind::kList && arg->arg_count > 0;
    if ((literal && !arg->value.is_number()) || (aggregate && !single_list)) {
      return fail(arg, "math." + std::string(call->name) + "() takes numbers or a list of numbers");
    }
  }
  if (count == 1) return {call, nullptr, {}};
  Expr* list = like(call, ExprKind::kList, ast);
  ast.set_args(list, call->args + 1, count);
  Expr* args[] = {call->args[0], list};
  call->arg_count = 0;
  ast.set_args(call, args, 2);
  return {call, nullptr, {}};
}

struct FoldMacro {
  std::string_view name;
  FoldKind kind;
  uint32_t variables;
  uint32_t min_bodies;
  uint32_t max_bodies;
};

constexpr FoldMacro kFoldMacros[] = {
    {"all", FoldKind::kAll, 1, 1, 1},
    {"all", FoldKind::kAll, 2, 1, 1},
    {"exists", FoldKind::kExists, 1, 1, 1},
    {"exists", FoldKind::kExists, 2, 1, 1},
    {"exists_one", FoldKind::kExistsOne, 1, 1, 1},
    {"existsOne", FoldKind::kExistsOne, 1, 1, 1},
    {"existsOne", FoldKind::kExistsOne, 2, 1, 1},
    {"exists_one", FoldKind::kExistsOne, 2, 1, 1},
    {"map", FoldKind::kMap, 1, 1, 2},
    {"filter", FoldKind::kFilter, 1, 1, 1},
    {"transformList", FoldKind::kMap, 2, 1, 2},
    {"transformMap", FoldKind::kMapValues, 2, 1, 2},
    {"transformMapEntry", FoldKind::kMergeEntries, 2, 1, 2},
};

const FoldMacro* find_fold(std::string_view name, uint32_t arguments) {
  for (const FoldMacro& macro : kFoldMacros) {
    if (macro.name != name) continue;
    uint32_t bodies = arguments - macro.variables;
    if (arguments > macro.variables && bodies >= macro.min_bodies && bodies <= macro.max_bodies) {
      return &macro;
    }
  }
  return nullptr;
}

MacroResult expand_fold(Expr* call, const FoldMacro& macro, Ast& ast) {
  for (uint32_t i = 1; i <= macro.variables; ++i) {
    if (!is_simple_name(call->args[i])) {
      return fail(call->args[i],
                  std::string(call->name) + "(): a simple name for the variable is expected here");
    }
  }
  Expr* node = like(call, ExprKind::kFold, ast);
  node->fold = macro.kind;
  node->name = call->args[1]->name;
  if (macro.variables == 2) {
    node->second_name = call->args[2]->name;
    if (node->name == node->second_name) {
      return fail(call->args[2], "the two variables need different names");
    }
  }
  uint32_t bodies = call->arg_count - 1 - macro.variables;
  Expr* args[3] = {call->args[0], nullptr, nullptr};
  for (uint32_t i = 0; i < bodies; ++i) args[1 + i] = call->args[1 + macro.variables + i];
  ast.set_args(node, args, 1 + bodies);
  return {node, nullptr, {}};
}

bool is_namespace(const Expr* receiver, std::string_view name) {
  return receiver->kind == ExprKind::kIdent && receiver->name == name;
}

}  // namespace

MacroResult expand_macro(Expr* call, Ast& ast) {
  if (!call->member) {
    if (call->name == "has" && call->arg_count == 1 && !call->leading_dot) return expand_has(call);
    return {call, nullptr, {}};
  }
  uint32_t arguments = call->arg_count - 1;
  if (call->name == "bind" && arguments == 3 && is_namespace(call->args[0], "cel")) {
    return expand_bind(call, ast);
  }
  if (call->name == "optMap" && arguments == 2) return expand_opt_map(call, ast, false);
  if (call->name == "optFlatMap" && arguments == 2) return expand_opt_map(call, ast, true);
  if ((call->name == "greatest" || call->name == "least") && is_namespace(call->args[0], "math")) {
    return expand_extreme(call, ast);
  }
  if (const FoldMacro* macro = find_fold(call->name, arguments)) {
    return expand_fold(call, *macro, ast);
  }
  return {call, nullptr, {}};
}

}  // namespace sapa::expression
