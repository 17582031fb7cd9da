// Calls of functions, lists, maps and messages, and macros as instructions.
#include <algorithm>

#include "engine/expression/compiler_impl.h"

namespace sapa::expression {

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
    diagnostics_.push_back({e->args[1]->begin,
                            e->args[1]->end - e->args[1]->begin,
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

}  // namespace sapa::expression
