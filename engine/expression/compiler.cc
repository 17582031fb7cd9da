#include "engine/expression/compiler.h"

#include <algorithm>

#include "engine/expression/compiler_impl.h"
#include "engine/expression/constants.h"
#include "engine/expression/evaluator.h"
#include "engine/expression/operations.h"

namespace sapa::expression {
namespace {

constexpr uint32_t kSmallestSet = 8;

class NoVariables : public Activation {
 public:
  Value load(uint32_t) const override { return Value::absent(); }
};

constexpr uint64_t kMostFoldSteps = 100'000;
constexpr size_t kMostFoldBytes = 1 << 20;

}  // namespace

uint32_t Compiler::constant(const Value& value) {
  auto& constants = program_->constants;
  for (size_t i = 0; i < constants.size() && i < 64; ++i) {
    bool same =
        constants[i].kind == value.kind && constants[i].size == value.size &&
        (value.kind == Kind::kString ? constants[i].as_string() == value.as_string() : false);
    if (same) return static_cast<uint32_t>(i);
  }
  constants.push_back(deep_copy(value, program_->pool));
  return static_cast<uint32_t>(constants.size() - 1);
}

Value Compiler::fold(const Expr* e) {
  if (e->kind == ExprKind::kConstant) return e->value;
  if (!e->constant) return Value::absent();
  if (!folded_.known[e->id]) {
    folded_.known[e->id] = true;
    folded_.values[e->id] = evaluate_now(e);
  }
  return folded_.values[e->id];
}

Value Compiler::evaluate_now(const Expr* e) {
  Diagnostics ignored;
  Limits limits = program_->limits;
  limits.max_steps = std::min({limits.max_steps, kMostFoldSteps, folded_.steps_left});
  limits.max_arena_bytes = std::min(limits.max_arena_bytes, kMostFoldBytes);
  Compiler part(environment_, limits, program_->locals, ignored, folded_);
  part.emit_unfolded(e);
  part.add({Op::kReturn});
  part.program_->stack_size = part.most_ + 1;
  if (part.failed_) return Value::absent();
  Arena arena(1024);
  Usage usage;
  Value value = evaluate_program(*part.program_, NoVariables(), arena, &usage);
  folded_.steps_left -= std::min(folded_.steps_left, usage.steps);
  return usage.exhausted ? Value::absent() : deep_copy(value, folded_.arena);
}

void Compiler::emit(const Expr* e) {
  if (Value value = fold(e); !value.is_absent()) {
    add({value.is_error() ? Op::kFail : Op::kConstant, 0, 0, constant(value), 0});
    push();
    return;
  }
  emit_unfolded(e);
}

void Compiler::emit_unfolded(const Expr* e) {
  switch (e->kind) {
    case ExprKind::kConstant:
      add({Op::kConstant, 0, 0, constant(e->value), 0});
      push();
      break;
    case ExprKind::kIdent:
      emit_ident(e);
      break;
    case ExprKind::kSelect:
      emit_select(e);
      break;
    case ExprKind::kCall:
      emit_call(e);
      break;
    case ExprKind::kList:
    case ExprKind::kMap:
    case ExprKind::kMessage:
      emit_aggregate(e);
      break;
    case ExprKind::kFold:
      emit_fold(e);
      break;
    case ExprKind::kBind:
      emit(e->args[0]);
      add({Op::kStoreLocal, 0, static_cast<uint16_t>(e->index), 0, 0});
      pop();
      emit(e->args[1]);
      break;
    case ExprKind::kOptMap:
      emit_opt_map(e);
      break;
  }
}

void Compiler::refer(const Expr* variable, const std::vector<Value>& path) {
  Reference reference{environment_.variables()[variable->index].slot, {}};
  for (const Value& member : path) reference.path.emplace_back(member.as_string());
  auto& all = program_->references;
  bool known = std::any_of(all.begin(), all.end(), [&](const Reference& r) {
    return r.slot == reference.slot && r.path == reference.path;
  });
  if (!known) all.push_back(std::move(reference));
}

uint32_t Compiler::use(const Expr* variable, std::vector<Value> path) {
  const Environment::Variable& declared = environment_.variables()[variable->index];
  for (Value& member : path) member = program_->constants[constant(member)];
  Value name = program_->constants[constant(Value::of_string(declared.name))];
  program_->uses.push_back({declared.slot, name, std::move(path)});
  return static_cast<uint32_t>(program_->uses.size() - 1);
}

/// Whether `e` reads constant members of a variable, and which.
bool Compiler::path_of(const Expr* e, const Expr*& variable, std::vector<Value>& path) const {
  if (e->has || e->optional) return false;
  if (e->kind == ExprKind::kIdent) {
    variable = e;
    return e->resolution == Resolution::kVariable;
  }
  Value key;
  if (e->kind == ExprKind::kSelect) {
    key = Value::of_string(e->name);
  } else if (e->is_operator(Operator::kIndex) && e->args[1]->kind == ExprKind::kConstant &&
             e->args[1]->value.is(Kind::kString)) {
    key = e->args[1]->value;
  } else {
    return false;
  }
  if (!path_of(e->args[0], variable, path)) return false;
  path.push_back(key);
  return true;
}

bool Compiler::emit_path(const Expr* e) {
  const Expr* variable = nullptr;
  std::vector<Value> path;
  if (!path_of(e, variable, path)) return false;
  refer(variable, path);
  Op op = path.empty() ? Op::kLoad : Op::kLoadPath;
  add({op, 0, 0, use(variable, std::move(path)), 0});
  push();
  return true;
}

void Compiler::emit_ident(const Expr* e) {
  switch (e->resolution) {
    case Resolution::kLocal:
      add({Op::kLocal, 0, static_cast<uint16_t>(e->index), 0, 0});
      push();
      return;
    case Resolution::kTypeName:
      add({Op::kConstant, 0, 0, constant(Value::of_type(e->name)), 0});
      push();
      return;
    case Resolution::kUnresolved: {
      std::string why = "undeclared reference to '" + std::string(e->name) + "'";
      add({Op::kFail, 0, 0, constant(Value::of_error(why)), 0});
      push();
      return;
    }
    case Resolution::kVariable:
      break;
  }
  if (emit_path(e)) return;
  refer(e, {});
  add({e->has ? Op::kTestVariable : Op::kOptVariable, 0, 0, use(e, {}), 0});
  push();
}

/// a.b.c, has(a.b.c), a.b.?c: where the front is a path of a variable, references tell all of it.
void Compiler::emit_select(const Expr* e) {
  if (emit_path(e)) return;
  const Expr* variable = nullptr;
  std::vector<Value> path;
  if (path_of(e->args[0], variable, path)) {
    path.push_back(Value::of_string(e->name));
    auto before = program_->references;
    emit(e->args[0]);
    program_->references = std::move(before);
    refer(variable, path);
  } else {
    emit(e->args[0]);
  }
  Op op = e->has ? Op::kTest : e->optional ? Op::kOptSelect : Op::kSelect;
  add({op, 0, 0, constant(Value::of_string(e->name)), 0});
}

void Compiler::emit_call(const Expr* e) {
  switch (e->op) {
    case Operator::kNone:
      emit_function(e);
      return;
    case Operator::kAnd:
    case Operator::kOr:
      emit_logical(e);
      return;
    case Operator::kConditional:
      emit_conditional(e);
      return;
    case Operator::kIndex:
      emit_index(e);
      return;
    case Operator::kIn:
      emit_in(e);
      return;
    case Operator::kNot:
    case Operator::kNegate:
      emit(e->args[0]);
      add({e->op == Operator::kNot ? Op::kNot : Op::kNegate});
      return;
    default:
      emit_binary(e);
      return;
  }
}

void Compiler::emit_logical(const Expr* e) {
  bool is_and = e->op == Operator::kAnd;
  // One constant side can decide alone: the other may even fail.
  for (uint32_t i = 0; i < 2; ++i) {
    Value side = fold(e->args[i]);
    if (side.is(Kind::kBool) && side.boolean != is_and) {
      add({Op::kConstant, 0, 0, constant(side), 0});
      push();
      return;
    }
  }
  emit(e->args[0]);
  uint32_t jump = add({is_and ? Op::kAndJump : Op::kOrJump});
  emit(e->args[1]);
  add({is_and ? Op::kAnd : Op::kOr});
  pop();
  at(jump).b = here();
}

void Compiler::emit_conditional(const Expr* e) {
  Value condition = fold(e->args[0]);
  if (condition.is(Kind::kBool)) {
    emit(e->args[condition.boolean ? 1 : 2]);
    return;
  }
  emit(e->args[0]);
  uint32_t branch = add({Op::kBranch});
  pop();
  emit(e->args[1]);
  uint32_t jump = add({Op::kJump});
  pop();
  at(branch).b = here();
  emit(e->args[2]);
  at(jump).b = here();
  at(branch).c = here();
}

static Operator mirrored(Operator op) {
  switch (op) {
    case Operator::kLess:
      return Operator::kGreater;
    case Operator::kLessEqual:
      return Operator::kGreaterEqual;
    case Operator::kGreater:
      return Operator::kLess;
    case Operator::kGreaterEqual:
      return Operator::kLessEqual;
    default:
      return op;
  }
}

void Compiler::emit_binary(const Expr* e) {
  bool equality = is_equality(e->op);
  bool ordering = is_ordering(e->op);
  if (equality || ordering) {
    for (uint32_t side : {1u, 0u}) {
      Value value = fold(e->args[side]);
      if (value.is_absent() || value.is_error()) continue;
      emit(e->args[1 - side]);
      if (equality) {
        uint8_t negated = e->op == Operator::kNotEqual;
        add({Op::kEqualConstant, negated, 0, constant(value), 0});
      } else {
        Operator op = side == 1 ? e->op : mirrored(e->op);
        add({Op::kCompareConstant, static_cast<uint8_t>(op), 0, constant(value), 0});
      }
      return;
    }
  }
  emit(e->args[0]);
  emit(e->args[1]);
  auto flag = static_cast<uint8_t>(e->op);
  if (equality) {
    add({e->op == Operator::kEqual ? Op::kEqual : Op::kNotEqual});
  } else {
    add({ordering ? Op::kCompare : Op::kArithmetic, flag, 0, 0, 0});
  }
  pop();
}

void Compiler::emit_index(const Expr* e) {
  if (emit_path(e)) return;
  const Expr* variable = nullptr;
  std::vector<Value> path;
  bool constant_key =
      e->args[1]->kind == ExprKind::kConstant && e->args[1]->value.is(Kind::kString);
  if (constant_key && path_of(e->args[0], variable, path)) {
    path.push_back(e->args[1]->value);
    auto before = program_->references;
    emit(e->args[0]);
    program_->references = std::move(before);
    refer(variable, path);
  } else {
    emit(e->args[0]);
  }
  emit(e->args[1]);
  add({e->optional ? Op::kOptIndex : Op::kIndex});
  pop();
}

void Compiler::emit_in(const Expr* e) {
  emit(e->args[0]);
  Value container = fold(e->args[1]);
  if (container.is(Kind::kList) && container.size >= kSmallestSet &&
      std::all_of(container.items, container.items + container.size, is_scalar)) {
    Value kept = program_->constants[constant(container)];
    program_->sets.push_back(make_constant_set(kept));
    add({Op::kInSet, 0, 0, static_cast<uint32_t>(program_->sets.size() - 1), 0});
    return;
  }
  emit(e->args[1]);
  add({Op::kIn});
  pop();
}

std::unique_ptr<Program::Impl> compile_tree(const Ast& ast, uint32_t locals,
                                            const Environment& environment, const Limits& limits,
                                            Diagnostics& diagnostics, std::string_view indexed) {
  Folded folded(ast.node_count);
  Compiler compiler(environment, limits, locals, diagnostics, folded);
  if (!indexed.empty()) compiler.find_conjuncts(ast.root, indexed);
  return compiler.run(ast.root);
}

}  // namespace sapa::expression
