// The compiler's working state; compiler.cc has names, operators and folding, compiler_calls.cc
// calls, aggregates and macros, compiler_conjuncts.cc what an index can know of a condition.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "engine/expression/program.h"

namespace sapa::expression {

/// What constant subtrees came to, by node; shared by the compilers of parts.
struct Folded {
  explicit Folded(uint32_t nodes) : values(nodes), known(nodes) {}
  Arena arena{1024};
  std::vector<Value> values;
  std::vector<bool> known;
  uint64_t steps_left = 1'000'000;
};

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
  /// Before run(): Program::conjuncts, from the text that the tree was parsed from.
  void find_conjuncts(const Expr* root, std::string_view source) {
    source_ = source;
    collect_conjuncts(root);
    if (!append_key(root, program_->key)) program_->key.clear();
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

  void collect_conjuncts(const Expr* e);
  bool read_part(const Expr* e, Conjunct& out);
  bool read_equality(const Expr* e, Conjunct& out);
  bool read_range(const Expr* e, Conjunct& out);
  bool read_membership(const Expr* e, Conjunct& out);
  bool read_alternatives(const Expr* e, Conjunct& out);
  bool describe_operand(const Expr* operand, Conjunct& out);
  bool add_value(const Value& value, Conjunct& out);
  bool append_key(const Expr* e, std::string& out) const;

  /// The value of a subtree without variables; absent if it cannot be known now.
  Value fold(const Expr* e);
  [[gnu::noinline]] Value evaluate_now(const Expr* e);
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
  std::string_view source_;
  uint32_t depth_ = 0;
  uint32_t most_ = 0;
  uint32_t folds_ = 0;
  bool failed_ = false;
};

}  // namespace sapa::expression
