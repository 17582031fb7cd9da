// The four stages in a row.
#include "engine/expression/expression.h"

#include "engine/expression/checker.h"
#include "engine/expression/compiler.h"
#include "engine/expression/evaluator.h"
#include "engine/expression/parser.h"
#include "engine/expression/resolver.h"

namespace sapa::expression {

Program::Program(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

Value Program::evaluate(const Activation& activation, Arena& arena) const {
  return evaluate_program(*impl_, activation, arena);
}

Value Program::evaluate(const Activation& activation, Arena& arena, Budget& budget) const {
  return evaluate_program(*impl_, activation, arena, nullptr, &budget);
}

const Type& Program::result_type() const { return impl_->result_type; }

const std::vector<Reference>& Program::references() const { return impl_->references; }

const std::string& Program::key() const { return impl_->key; }

const std::vector<Conjunct>& Program::conjuncts() const { return impl_->conjuncts; }

Value Program::constant() const {
  bool is_constant = impl_->code.size() == 2 && impl_->code[0].op == Op::kConstant;
  return is_constant ? impl_->constants[impl_->code[0].b] : Value::absent();
}

std::unique_ptr<Program> compile(std::string_view source, const Environment& environment,
                                 Diagnostics& diagnostics, const CompileOptions& options) {
  size_t findings = diagnostics.size();
  Ast ast = parse(source, options.limits, diagnostics);
  if (!ast.root) return nullptr;
  Resolved resolved = resolve(ast, environment);
  Type type;
  if (options.check) {
    type = check(ast, source, environment, diagnostics);
    if (diagnostics.size() > findings) return nullptr;
  }
  auto impl = compile_tree(ast, resolved.locals, environment, options.limits, diagnostics,
                           options.conjuncts ? source : std::string_view());
  if (!impl) return nullptr;
  impl->result_type = std::move(type);
  return std::make_unique<Program>(std::move(impl));
}

}  // namespace sapa::expression
