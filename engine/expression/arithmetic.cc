// + - * / % and unary minus: integers with overflow checks, doubles, texts, lists, times.
#include <cmath>
#include <cstring>

#include "engine/expression/operations.h"
#include "engine/expression/time_values.h"

namespace sapa::expression {
namespace {

Value overflow(EvalContext& context, Operator op, std::string_view type) {
  return context.error({type, " overflow in '", operator_symbol(op), "'"});
}

Value int_arithmetic(EvalContext& context, Operator op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool failed = false;
  switch (op) {
    case Operator::kAdd:
      failed = __builtin_add_overflow(a, b, &result);
      break;
    case Operator::kSubtract:
      failed = __builtin_sub_overflow(a, b, &result);
      break;
    case Operator::kMultiply:
      failed = __builtin_mul_overflow(a, b, &result);
      break;
    case Operator::kDivide:
      if (b == 0) return Value::of_error("division by zero");
      if (b == -1) {
        failed = __builtin_sub_overflow(int64_t{0}, a, &result);
      } else {
        result = a / b;
      }
      break;
    default:
      if (b == 0) return Value::of_error("modulus by zero");
      result = b == -1 ? 0 : a % b;
      break;
  }
  return failed ? overflow(context, op, "int") : Value::of_int(result);
}

Value uint_arithmetic(EvalContext& context, Operator op, uint64_t a, uint64_t b) {
  uint64_t result = 0;
  bool failed = false;
  switch (op) {
    case Operator::kAdd:
      failed = __builtin_add_overflow(a, b, &result);
      break;
    case Operator::kSubtract:
      failed = __builtin_sub_overflow(a, b, &result);
      break;
    case Operator::kMultiply:
      failed = __builtin_mul_overflow(a, b, &result);
      break;
    case Operator::kDivide:
      if (b == 0) return Value::of_error("division by zero");
      result = a / b;
      break;
    default:
      if (b == 0) return Value::of_error("modulus by zero");
      result = a % b;
      break;
  }
  return failed ? overflow(context, op, "uint") : Value::of_uint(result);
}

Value double_arithmetic(Operator op, double a, double b) {
  switch (op) {
    case Operator::kAdd:
      return Value::of_double(a + b);
    case Operator::kSubtract:
      return Value::of_double(a - b);
    case Operator::kMultiply:
      return Value::of_double(a * b);
    case Operator::kDivide:
      return Value::of_double(a / b);
    default:
      return Value::of_double(std::fmod(a, b));
  }
}

Value concatenate_texts(EvalContext& context, const Value& a, const Value& b) {
  if (a.size == 0) return b;
  if (b.size == 0) return a;
  uint64_t size = uint64_t{a.size} + b.size;
  if (size > UINT32_MAX || !context.charge(size / 64)) return context.limit_error();
  char* to = static_cast<char*>(context.allocate(size, 1));
  if (!to) return context.limit_error();
  std::memcpy(to, a.text, a.size);
  std::memcpy(to + a.size, b.text, b.size);
  std::string_view joined(to, size);
  return a.kind == Kind::kBytes ? Value::of_bytes(joined) : Value::of_string(joined);
}

Value concatenate_lists(EvalContext& context, const Value& a, const Value& b) {
  if (a.size == 0) return b;
  if (b.size == 0) return a;
  uint64_t size = uint64_t{a.size} + b.size;
  if (size > UINT32_MAX || !context.charge(size)) return context.limit_error();
  auto* to = context.array<Value>(size);
  if (!to) return context.limit_error();
  std::memcpy(static_cast<void*>(to), a.items, a.size * sizeof(Value));
  std::memcpy(static_cast<void*>(to + a.size), b.items, b.size * sizeof(Value));
  return Value::of_list(to, static_cast<uint32_t>(size));
}

Value mismatch(EvalContext& context, Operator op, const Value& a, const Value& b) {
  Value args[] = {a, b};
  return no_such_overload(context, operator_symbol(op), args, 2);
}

}  // namespace

Value arithmetic(EvalContext& context, Operator op, const Value& a, const Value& b) {
  if (a.kind == b.kind) {
    switch (a.kind) {
      case Kind::kInt:
        return int_arithmetic(context, op, a.integer, b.integer);
      case Kind::kUint:
        return uint_arithmetic(context, op, a.unsigned_integer, b.unsigned_integer);
      case Kind::kDouble:
        // CEL has no remainder of doubles.
        if (op == Operator::kModulo) return mismatch(context, op, a, b);
        return double_arithmetic(op, a.number, b.number);
      case Kind::kString:
      case Kind::kBytes:
        if (op == Operator::kAdd) return concatenate_texts(context, a, b);
        break;
      case Kind::kList:
        if (op == Operator::kAdd) return concatenate_lists(context, a, b);
        break;
      default:
        break;
    }
  } else if (a.is_number() && b.is_number()) {
    return double_arithmetic(op, a.as_double(), b.as_double());
  }
  Value time = time_arithmetic(op, a, b);
  return time.is_absent() ? mismatch(context, op, a, b) : time;
}

Value negate(EvalContext& context, const Value& a) {
  if (a.kind == Kind::kDouble) return Value::of_double(-a.number);
  if (a.kind == Kind::kInt) {
    int64_t result;
    if (__builtin_sub_overflow(int64_t{0}, a.integer, &result)) {
      return overflow(context, Operator::kNegate, "int");
    }
    return Value::of_int(result);
  }
  return no_such_overload(context, "-", &a, 1);
}

}  // namespace sapa::expression
