// The running state of one comprehension (all, map, filter …): where it is in its range and what it
// has gathered. Results are gathered in the evaluation's arena.
#pragma once

#include "engine/base/value.h"
#include "engine/expression/ast.h"
#include "engine/expression/context.h"

namespace sapa::expression {

class FoldIterator {
 public:
  /// An error if `range` cannot be iterated over or memory lacks; else absent.
  Value begin(EvalContext& context, const Value& range, FoldKind kind);
  /// Sets the variables to the next element; false at the end.
  bool next(bool two_variables, Value* variables);
  /// Takes the body's value for the current element. A value that ends the loop, or absent to go
  /// on.
  Value step(EvalContext& context, FoldKind kind, const Value& body);
  /// The result once all elements are through.
  Value end(FoldKind kind) const;

 private:
  Value stop_at_error(const Value& body, std::string_view name, EvalContext& context) const;
  Value merge(EvalContext& context, const Value& body);

  Value range_;
  Value current_;  ///< the element or key that `next` gave
  Value error_;    ///< the first error of all() or exists(), unless absorbed
  uint32_t position_ = 0;
  uint32_t length_ = 0;
  uint32_t count_ = 0;
  uint32_t capacity_ = 0;
  Value* items_ = nullptr;
  MapEntry* entries_ = nullptr;
};

}  // namespace sapa::expression
