// Functions on optionals that evaluate all their arguments; or, orValue, optMap are instructions.
#include "engine/expression/functions.h"
#include "engine/expression/operations.h"

namespace sapa::expression::functions {
namespace {

bool is_zero(const Value& value) {
  switch (value.kind) {
    case Kind::kNull:
      return true;
    case Kind::kBool:
      return !value.boolean;
    case Kind::kInt:
    case Kind::kUint:
      return value.integer == 0;
    case Kind::kDouble:
      return value.number == 0;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kList:
      return value.size == 0;
    case Kind::kMap:
    case Kind::kHostMap:
      return map_size(value) == 0;
    case Kind::kDuration:
      return value.integer == 0 && value.size == 0;
    case Kind::kOptional:
      return !value.inner;
    default:
      return false;
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

/// The values of a list's optionals, empty ones left out.
Value optional_unwrap(EvalContext& context, const Value* args) {
  if (!context.charge(args[0].size)) return context.limit_error();
  auto* items = context.array<Value>(args[0].size);
  if (!items) return context.limit_error();
  uint32_t count = 0;
  for (uint32_t i = 0; i < args[0].size; ++i) {
    const Value& element = args[0].items[i];
    if (!element.is(Kind::kOptional)) return no_such_overload(context, "unwrap", &element, 1);
    if (element.inner) items[count++] = *element.inner;
  }
  return Value::of_list(items, count);
}

}  // namespace sapa::expression::functions
