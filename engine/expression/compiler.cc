#include "engine/expression/compiler.h"

#include <algorithm>

#include "engine/expression/evaluator.h"
#include "engine/expression/operations.h"

namespace sapa::expression {
namespace {

constexpr uint32_t kSmallestSet = 8;

class NoVariables : public Activation {
 public:
  Value load(uint32_t) const override { return Value::absent(); }
};

/// A copy whose bytes are all in `pool`.
Value deep_copy(const Value& value, Arena& pool) {
  Value copy = value;
  switch (value.kind) {
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kType:
    case Kind::kError: copy.text = pool.copy(value.as_string()).data(); break;
    case Kind::kList: {
      auto* items = pool.array<Value>(value.size);
      for (uint32_t i = 0; i < value.size; ++i) items[i] = deep_copy(value.items[i], pool);
      copy.items = items;
      break;
    }
    case Kind::kMap: {
      auto* entries = pool.array<MapEntry>(value.size);
      for (uint32_t i = 0; i < value.size; ++i) {
        entries[i] = {deep_copy(value.entries[i].key, pool),
                      deep_copy(value.entries[i].value, pool)};
      }
      copy.entries = entries;
      break;
    }
    case Kind::kOptional:
      if (value.inner) copy.inner = pool.make<Value>(deep_copy(*value.inner, pool));
      break;
    default: break;
  }
  return copy;
}

/// What constant subtrees came to, by node; shared by the compilers of parts.
struct Folded {
  explicit Folded(uint32_t nodes) : values(nodes), known(nodes) {}
  Arena arena{1024};
  std::vector<Value> values;
  std::vector<bool> known;
  uint64_t steps_left = 1'000'000;
};
constexpr uint64_t kMostFoldSteps = 100'000;
constexpr size_t kMostFoldBytes = 1 << 20;

class Compiler {
 public:
  Compiler(const Environment& environment, const Limits& limits, uint32_t locals,
           Diagnostics& diagnostics, Folded& folded)
      : environment_(environment),
        diagnostics_(diagnostics),
        folded_(folded),
        program_(std::make_unique<Program::Impl>()) {
    program_->limits = limits;
    program_->locals = locals;
    depth_ = most_ = locals;
  }

  std::unique_ptr<Program::Impl> run(const Expr* root) {
    emit(root);
    add({Op::kReturn});
    program_->stack_size = most_ + 1;
    return failed_ ? nullptr : std::move(program_);
  }

 private:
  void emit(const Expr* e);
  void emit_unfolded(const Expr* e);
  void emit_ident(const Expr* e);
  void emit_select(const Expr* e);
  void emit_call(const Expr* e);
  void emit_function(const Expr* e);
  void emit_logical(const Expr* e);
  void emit_conditional(const Expr* e);
  void emit_binary(const Expr* e);
  void emit_index(const Expr* e);
  void emit_in(const Expr* e);
  void emit_or_else(const Expr* e);
  void emit_aggregate(const Expr* e);
  void emit_fold(const Expr* e);
  void emit_opt_map(const Expr* e);
  bool emit_matches(const Expr* e);
  bool emit_path(const Expr* e);

  /// The value of a subtree without variables; absent if it cannot be known now.
  Value fold(const Expr* e);
  Value evaluate_now(const Expr* e);
  bool path_of(const Expr* e, const Expr*& variable, std::vector<Value>& path) const;
  uint32_t use(const Expr* variable, std::vector<Value> path);
  void refer(const Expr* variable, const std::vector<Value>& path);
  uint32_t constant(const Value& value);
  uint32_t optional_flags(const Expr* e, uint32_t stride);

  uint32_t add(Instruction instruction) {
    program_->code.push_back(instruction);
    return static_cast<uint32_t>(program_->code.size() - 1);
  }
  uint32_t here() const { return static_cast<uint32_t>(program_->code.size()); }
  Instruction& at(uint32_t position) { return program_->code[position]; }
  void push(uint32_t count = 1) {
    depth_ += count;
    most_ = std::max(most_, depth_);
  }
  void pop(uint32_t count = 1) { depth_ -= count; }

  const Environment& environment_;
  Diagnostics& diagnostics_;
  Folded& folded_;
  std::unique_ptr<Program::Impl> program_;
  uint32_t depth_ = 0;
  uint32_t most_ = 0;
  uint32_t folds_ = 0;
  bool failed_ = false;
};

uint32_t Compiler::constant(const Value& value) {
  auto& constants = program_->constants;
  for (size_t i = 0; i < constants.size() && i < 64; ++i) {
    bool same = constants[i].kind == value.kind && constants[i].size == value.size &&
                (value.kind == Kind::kString ? constants[i].as_string() == value.as_string()
                                             : false);
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
    case ExprKind::kIdent: emit_ident(e); break;
    case ExprKind::kSelect: emit_select(e); break;
    case ExprKind::kCall: emit_call(e); break;
    case ExprKind::kList:
    case ExprKind::kMap:
    case ExprKind::kMessage: emit_aggregate(e); break;
    case ExprKind::kFold: emit_fold(e); break;
    case ExprKind::kBind:
      emit(e->args[0]);
      add({Op::kStoreLocal, 0, static_cast<uint16_t>(e->index), 0, 0});
      pop();
      emit(e->args[1]);
      break;
    case ExprKind::kOptMap: emit_opt_map(e); break;
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
    case Resolution::kVariable: break;
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
    case Operator::kNone: emit_function(e); return;
    case Operator::kAnd:
    case Operator::kOr: emit_logical(e); return;
    case Operator::kConditional: emit_conditional(e); return;
    case Operator::kIndex: emit_index(e); return;
    case Operator::kIn: emit_in(e); return;
    case Operator::kNot:
    case Operator::kNegate:
      emit(e->args[0]);
      add({e->op == Operator::kNot ? Op::kNot : Op::kNegate});
      return;
    default: emit_binary(e); return;
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

Operator mirrored(Operator op) {
  switch (op) {
    case Operator::kLess: return Operator::kGreater;
    case Operator::kLessEqual: return Operator::kGreaterEqual;
    case Operator::kGreater: return Operator::kLess;
    case Operator::kGreaterEqual: return Operator::kLessEqual;
    default: return op;
  }
}

void Compiler::emit_binary(const Expr* e) {
  bool equality = e->op == Operator::kEqual || e->op == Operator::kNotEqual;
  bool ordering = e->op == Operator::kLess || e->op == Operator::kLessEqual ||
                  e->op == Operator::kGreater || e->op == Operator::kGreaterEqual;
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
  bool constant_key = e->args[1]->kind == ExprKind::kConstant && e->args[1]->value.is(Kind::kString);
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

ConstantSet make_set(const Value& list) {
  ConstantSet set;
  uint32_t capacity = 16;
  while (capacity < list.size * 2) capacity *= 2;
  set.table.resize(capacity);
  set.mask = capacity - 1;
  for (uint32_t i = 0; i < list.size; ++i) {
    uint32_t slot = static_cast<uint32_t>(hash_scalar(list.items[i])) & set.mask;
    while (!set.table[slot].is_absent()) slot = (slot + 1) & set.mask;
    set.table[slot] = list.items[i];
  }
  return set;
}

void Compiler::emit_in(const Expr* e) {
  emit(e->args[0]);
  Value container = fold(e->args[1]);
  if (container.is(Kind::kList) && container.size >= kSmallestSet &&
      std::all_of(container.items, container.items + container.size, is_scalar)) {
    Value kept = program_->constants[constant(container)];
    program_->sets.push_back(make_set(kept));
    add({Op::kInSet, 0, 0, static_cast<uint32_t>(program_->sets.size() - 1), 0});
    return;
  }
  emit(e->args[1]);
  add({Op::kIn});
  pop();
}

void Compiler::emit_or_else(const Expr* e) {
  emit(e->args[0]);
  OrElse kind = e->name == "or" ? OrElse::kOr : e->lenient ? OrElse::kLenientValue : OrElse::kValue;
  uint32_t jump = add({Op::kOrElse, static_cast<uint8_t>(kind), 0, 0, 0});
  pop();
  emit(e->args[1]);
  if (kind == OrElse::kOr) add({Op::kRequireOptional});
  at(jump).b = here();
}

bool Compiler::emit_matches(const Expr* e) {
  Value pattern = fold(e->args[1]);
  if (!pattern.is(Kind::kString)) return false;
  std::string why;
  auto regex = Regex::compile(pattern.as_string(), why);
  if (!regex) {
    diagnostics_.push_back({e->args[1]->begin, e->args[1]->end - e->args[1]->begin,
                            "invalid regular expression: " + why,
                            {}});
    failed_ = true;
  }
  emit(e->args[0]);
  program_->regexes.push_back(std::move(regex));
  add({Op::kMatches, 0, 0, static_cast<uint32_t>(program_->regexes.size() - 1), 0});
  return true;
}

void Compiler::emit_function(const Expr* e) {
  bool lazy = e->member && e->arg_count == 2 && (e->name == "or" || e->name == "orValue");
  if (lazy) return emit_or_else(e);
  if (e->function && e->name == "matches" && e->arg_count == 2 && emit_matches(e)) return;
  Call call;
  call.arg_count = e->arg_count;
  if (e->function) {
    call.name = e->function->name;
    for (const Overload& overload : e->function->overloads) {
      if (overload.member == e->member && overload.parameters.size() == e->arg_count &&
          overload.implementation) {
        call.overloads.push_back(&overload);
      }
    }
  } else {
    call.name = program_->pool.copy(e->name);
  }
  for (uint32_t i = 0; i < e->arg_count; ++i) emit(e->args[i]);
  program_->calls.push_back(std::move(call));
  add({Op::kCall, 0, 0, static_cast<uint32_t>(program_->calls.size() - 1), 0});
  if (e->arg_count == 0) push();
  if (e->arg_count > 1) pop(e->arg_count - 1);
}

uint32_t Compiler::optional_flags(const Expr* e, uint32_t stride) {
  std::vector<bool> flags;
  for (uint32_t i = 0; i < e->arg_count; i += stride) {
    flags.push_back(e->args[i]->optional_entry);
  }
  if (std::find(flags.begin(), flags.end(), true) == flags.end()) return kNone;
  program_->optional_flags.push_back(std::move(flags));
  return static_cast<uint32_t>(program_->optional_flags.size() - 1);
}

void Compiler::emit_aggregate(const Expr* e) {
  for (uint32_t i = 0; i < e->arg_count; ++i) emit(e->args[i]);
  bool is_list = e->kind == ExprKind::kList;
  uint32_t count = is_list ? e->arg_count : e->arg_count / 2;
  uint32_t flags = optional_flags(e, is_list ? 1 : 2);
  uint16_t message = 0;
  Op op = is_list ? Op::kList : Op::kMap;
  if (e->kind == ExprKind::kMessage) {
    op = Op::kMessage;
    message = static_cast<uint16_t>(program_->messages.size());
    program_->messages.emplace_back(e->name);
  }
  add({op, 0, message, count, flags});
  if (e->arg_count == 0) push();
  if (e->arg_count > 1) pop(e->arg_count - 1);
}

void Compiler::emit_fold(const Expr* e) {
  emit(e->args[0]);
  auto iterator = static_cast<uint16_t>(folds_++);
  program_->iterators = std::max(program_->iterators, folds_);
  auto kind = static_cast<uint8_t>(e->fold);
  uint8_t two = !e->second_name.empty();
  uint32_t begin = add({Op::kFoldBegin, two, iterator, 0, kind});
  pop();
  uint32_t next = add({Op::kFoldNext, two, iterator, 0, e->index});
  uint32_t filter = kNone;
  if (e->arg_count == 3) {
    emit(e->args[1]);
    filter = add({Op::kFoldFilter, 0, iterator, next, 0});
    pop();
  }
  emit(e->args[e->arg_count - 1]);
  uint32_t step = add({Op::kFoldStep, kind, iterator, next, 0});
  pop();
  at(next).b = here();
  add({Op::kFoldEnd, kind, iterator, 0, 0});
  push();
  at(begin).b = at(step).c = here();
  if (filter != kNone) at(filter).c = here();
  --folds_;
}

void Compiler::emit_opt_map(const Expr* e) {
  emit(e->args[0]);
  uint32_t begin = add({Op::kOptMap, 0, static_cast<uint16_t>(e->index), 0, 0});
  pop();
  emit(e->args[1]);
  add({e->flat ? Op::kRequireOptional : Op::kOptWrap});
  at(begin).b = here();
}

}  // namespace

std::unique_ptr<Program::Impl> compile_tree(const Ast& ast, uint32_t locals,
                                            const Environment& environment, const Limits& limits,
                                            Diagnostics& diagnostics) {
  Folded folded(ast.node_count);
  return Compiler(environment, limits, locals, diagnostics, folded).run(ast.root);
}

}  // namespace sapa::expression
