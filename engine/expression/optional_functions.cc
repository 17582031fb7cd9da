// Functions on optionals that evaluate all their arguments; or, orValue, optMap are instructions.
#include "engine/expression/functions.h"
#include "engine/expression/operations.h"

namespace sapa::expression::functions {
namespace {

bool is_zero(const Value& value) {
  switch (value.kind) {
    case Kind::kNull: return true;
    case Kind::kBool: return !value.boolean;
    case Kind::kInt:
    case Kind::kUint: return value.integer == 0;
    case Kind::kDouble: return value.number == 0;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kList: return value.size == 0;
    case Kind::kMap:
    case Kind::kHostMap: return map_size(value) == 0;
    case Kind::kDuration: return value.integer == 0 && value.size == 0;
    case Kind::kOptional: return !value.inner;
    default: return false;
  }
}

}  // namespace

Value optional_of(EvalContext& context, const Value* args) { return context.optional_of(args[0]); }

Value optional_of_non_zero(EvalContext& context, const Value* args) {
  return is_zero(args[0]) ? Value::of_optional(nullptr) : context.optional_of(args[0]);
}

Value optional_none(EvalContext&, const Value*) { return Value::of_optional(nullptr); }

Value optional_has_value(EvalContext&, const Value* args) {
  return Value::of_bool(args[0].inner != nullptr);
}

Value optional_value(EvalContext&, const Value* args) {
  return args[0].inner ? *args[0].inner : Value::of_error("optional.none() dereference");
}

}  // namespace sapa::expression::functions
