// The math extension.
#include <cmath>

#include "engine/expression/functions.h"
#include "engine/expression/operations.h"

namespace sapa::expression::functions {
namespace {

Value extreme(EvalContext& context, const Value& arg, Ordering wanted, std::string_view name) {
  if (arg.kind != Kind::kList) return arg;
  if (arg.size == 0) return context.error({name, "() of an empty list"});
  if (!context.charge(arg.size / 4)) return context.limit_error();
  const Value* best = arg.items;
  for (uint32_t i = 0; i < arg.size; ++i) {
    if (!arg.items[i].is_number()) return no_such_overload(context, name, &arg.items[i], 1);
    if (compare_values(arg.items[i], *best) == wanted) best = &arg.items[i];
  }
  return *best;
}

}  // namespace

Value greatest(EvalContext& context, const Value* args) {
  return extreme(context, args[0], Ordering::kGreater, "math.greatest");
}
Value least(EvalContext& context, const Value* args) {
  return extreme(context, args[0], Ordering::kLess, "math.least");
}

Value ceil(EvalContext&, const Value* args) { return Value::of_double(std::ceil(args[0].number)); }
Value floor(EvalContext&, const Value* args) {
  return Value::of_double(std::floor(args[0].number));
}
/// Halves away from zero.
Value round(EvalContext&, const Value* args) {
  return Value::of_double(std::round(args[0].number));
}
Value trunc(EvalContext&, const Value* args) {
  return Value::of_double(std::trunc(args[0].number));
}

Value abs(EvalContext&, const Value* args) {
  if (args[0].kind == Kind::kDouble) return Value::of_double(std::fabs(args[0].number));
  if (args[0].kind == Kind::kUint || args[0].integer >= 0) return args[0];
  if (args[0].integer == INT64_MIN) return Value::of_error("int overflow in math.abs");
  return Value::of_int(-args[0].integer);
}

Value sign(EvalContext&, const Value* args) {
  switch (args[0].kind) {
    case Kind::kInt:
      return Value::of_int((args[0].integer > 0) - (args[0].integer < 0));
    case Kind::kUint:
      return Value::of_uint(args[0].unsigned_integer > 0);
    default: {
      double number = args[0].number;
      if (std::isnan(number)) return args[0];
      return Value::of_double((number > 0) - (number < 0));
    }
  }
}

Value sqrt(EvalContext&, const Value* args) {
  return Value::of_double(std::sqrt(args[0].as_double()));
}

Value is_nan(EvalContext&, const Value* args) { return Value::of_bool(std::isnan(args[0].number)); }
Value is_inf(EvalContext&, const Value* args) { return Value::of_bool(std::isinf(args[0].number)); }
Value is_finite(EvalContext&, const Value* args) {
  return Value::of_bool(std::isfinite(args[0].number));
}

/// Both operands are of one kind; the bits are the same for int and uint.
static Value with_bits(const Value& like, uint64_t bits) {
  Value result = like;
  result.unsigned_integer = bits;
  return result;
}

Value bit_and(EvalContext&, const Value* args) {
  return with_bits(args[0], args[0].unsigned_integer & args[1].unsigned_integer);
}
Value bit_or(EvalContext&, const Value* args) {
  return with_bits(args[0], args[0].unsigned_integer | args[1].unsigned_integer);
}
Value bit_xor(EvalContext&, const Value* args) {
  return with_bits(args[0], args[0].unsigned_integer ^ args[1].unsigned_integer);
}
Value bit_not(EvalContext&, const Value* args) {
  return with_bits(args[0], ~args[0].unsigned_integer);
}

Value bit_shift_left(EvalContext&, const Value* args) {
  if (args[1].integer < 0) return Value::of_error("math.bitShiftLeft() by a negative offset");
  if (args[1].integer > 63) return with_bits(args[0], 0);
  return with_bits(args[0], args[0].unsigned_integer << args[1].integer);
}

/// Zeroes come in from the left for an int too.
Value bit_shift_right(EvalContext&, const Value* args) {
  if (args[1].integer < 0) return Value::of_error("math.bitShiftRight() by a negative offset");
  if (args[1].integer > 63) return with_bits(args[0], 0);
  return with_bits(args[0], args[0].unsigned_integer >> args[1].integer);
}

}  // namespace sapa::expression::functions
