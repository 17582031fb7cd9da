#include "engine/expression/evaluator.h"

#include <algorithm>
#include <cstddef>

#include "engine/expression/fold_iterator.h"
#include "engine/expression/operations.h"
#include "engine/expression/well_known.h"

namespace sapa::expression {
namespace {

/// Smaller programs keep their stack and iterators in the frame.
constexpr uint32_t kFrameStack = 48;
constexpr uint32_t kFrameIterators = 4;

[[gnu::noinline]] Value not_a_bool(EvalContext& context, std::string_view where, const Value& v) {
  return context.error({"no such overload: ", where, " of a value of type ", type_name(v)});
}

[[gnu::noinline]] Value unset(EvalContext& context, const Use& use) {
  return context.error({"no such key: ", use.name.as_string()});
}

/// One evaluation.
class Machine {
 public:
  Machine(const Program::Impl& program, const Activation& activation, EvalContext& context)
      : program_(program), activation_(activation), context_(context) {}

  Value run(Value* stack, FoldIterator* iterators);

 private:
  Value load(const Use& use) {
    Value value = activation_.load(use.slot);
    return value.is_absent() ? unset(context_, use) : value;
  }
  Value load_path(const Use& use);
  Value test_variable(const Use& use) const;
  Value opt_variable(const Use& use) const;
  Value logical(bool is_and, const Value& left, const Value& right) const;
  Value in_set(const ConstantSet& set, const Value& element);
  Value make_list(const Instruction& in, const Value* elements);
  Value make_map(const Instruction& in, const Value* entries, MapEntry*& out, uint32_t& count);
  Value make_message(const Instruction& in, const Value* fields);
  Value call(const Call& call, const Value* args);
  /// Whether `or` is done with what it found; `top` becomes the result.
  bool or_else(OrElse kind, Value& top);

  const Program::Impl& program_;
  const Activation& activation_;
  EvalContext& context_;
};

Value Machine::load_path(const Use& use) {
  Value value = activation_.load(use.slot);
  if (value.is_absent()) return unset(context_, use);
  for (const Value& member : use.path) {
    if (value.kind == Kind::kMap && value.size <= 16) [[likely]] {
      value = value.field(member.as_string());
      if (value.is_absent()) return no_such_key(context_, member);
    } else {
      value = select(context_, value, member.as_string());
      if (value.is_error()) return value;
    }
  }
  return value;
}

Value Machine::test_variable(const Use& use) const {
  Value value = activation_.load(use.slot);
  return value.is_error() ? value : Value::of_bool(!value.is_absent());
}

Value Machine::opt_variable(const Use& use) const {
  Value value = activation_.load(use.slot);
  if (value.is_error()) return value;
  return value.is_absent() ? Value::of_optional(nullptr) : context_.optional_of(value);
}

/// Neither side decides alone: the left is not false (for &&) or is an error.
Value Machine::logical(bool is_and, const Value& left, const Value& right) const {
  if (right.is(Kind::kBool)) {
    if (left.is(Kind::kBool) || right.boolean != is_and) return right;
  }
  if (context_.exhausted()) return context_.limit_error();
  if (left.is_error()) return left;
  if (!left.is(Kind::kBool)) return not_a_bool(context_, is_and ? "&&" : "||", left);
  return right.is_error() ? right : not_a_bool(context_, is_and ? "&&" : "||", right);
}

Value Machine::in_set(const ConstantSet& set, const Value& element) {
  if (element.is_error()) return element;
  if (!is_scalar(element)) return Value::of_bool(false);
  if (!context_.charge(element.kind == Kind::kString ? element.size / 16 : 0)) {
    return context_.limit_error();
  }
  uint32_t slot = static_cast<uint32_t>(hash_scalar(element)) & set.mask;
  for (; !set.table[slot].is_absent(); slot = (slot + 1) & set.mask) {
    if (values_equal(context_, set.table[slot], element)) return Value::of_bool(true);
  }
  return Value::of_bool(false);
}

Value Machine::make_list(const Instruction& in, const Value* elements) {
  auto* items = context_.array<Value>(in.b);
  if (!items) return context_.limit_error();
  const std::vector<bool>* optional = in.c == kNone ? nullptr : &program_.optional_flags[in.c];
  uint32_t count = 0;
  for (uint32_t i = 0; i < in.b; ++i) {
    const Value& element = elements[i];
    if (element.is_error()) return element;
    if (optional && (*optional)[i]) {
      if (!element.is(Kind::kOptional)) {
        return context_.error({"'?' takes an optional, not ", type_name(element)});
      }
      if (element.inner) items[count++] = *element.inner;
    } else {
      items[count++] = element;
    }
  }
  return Value::of_list(items, count);
}

/// Absent, with `out` and `count` set, or an error.
Value Machine::make_map(const Instruction& in, const Value* entries, MapEntry*& out,
                        uint32_t& count) {
  out = context_.array<MapEntry>(in.b);
  if (!out) return context_.limit_error();
  const std::vector<bool>* optional = in.c == kNone ? nullptr : &program_.optional_flags[in.c];
  count = 0;
  for (uint32_t i = 0; i < in.b; ++i) {
    const Value& key = entries[2 * i];
    const Value& value = entries[2 * i + 1];
    if (key.is_error()) return key;
    if (value.is_error()) return value;
    if (!is_valid_map_key(key)) {
      return context_.error({"a map's key cannot be of type ", type_name(key)});
    }
    if (!optional || !(*optional)[i]) {
      out[count++] = {key, value};
    } else if (!value.is(Kind::kOptional)) {
      return context_.error({"'?' takes an optional, not ", type_name(value)});
    } else if (value.inner) {
      out[count++] = {key, *value.inner};
    }
  }
  return Value::absent();
}

Value Machine::make_message(const Instruction& in, const Value* fields) {
  MapEntry* entries = nullptr;
  uint32_t count = 0;
  Value failure = make_map(in, fields, entries, count);
  if (!failure.is_absent()) return failure;
  return make_well_known(context_, program_.messages[in.a], entries, count);
}

Value Machine::call(const Call& call, const Value* args) {
  for (uint32_t i = 0; i < call.arg_count; ++i) {
    if (args[i].is_error()) return args[i];
  }
  for (const Overload* overload : call.overloads) {
    if (overload->accepts(args)) return overload->implementation(context_, args);
  }
  if (call.overloads.empty()) return context_.error({"unknown function '", call.name, "'"});
  return no_such_overload(context_, call.name, args, call.arg_count);
}

bool Machine::or_else(OrElse kind, Value& top) {
  if (top.is_error()) return true;
  if (!top.is(Kind::kOptional)) {
    top = context_.error({"or() and orValue() need an optional, not ", type_name(top)});
    return true;
  }
  if (!top.inner) return false;
  if (kind == OrElse::kOr) return true;
  top = *top.inner;
  if (kind == OrElse::kLenientValue && top.is(Kind::kOptional)) {
    if (!top.inner) return false;
    top = *top.inner;
  }
  return true;
}

Value Machine::run(Value* stack, FoldIterator* iterators) {
  const Instruction* code = program_.code.data();
  const Value* constants = program_.constants.data();
  const Instruction* ip = code;
  Value* top = stack + program_.locals - 1;
  auto binary = [&](auto operation) {
    --top;
    if (top->is_error()) return;
    *top = top[1].is_error() ? top[1] : operation(top[0], top[1]);
  };
  for (;;) {
    const Instruction& in = *ip++;
    switch (in.op) {
      case Op::kReturn:
        return *top;
      case Op::kConstant:
      case Op::kFail:
        *++top = constants[in.b];
        break;
      case Op::kLoad:
        *++top = load(program_.uses[in.b]);
        break;
      case Op::kLoadPath:
        *++top = load_path(program_.uses[in.b]);
        break;
      case Op::kTestVariable:
        *++top = test_variable(program_.uses[in.b]);
        break;
      case Op::kOptVariable:
        *++top = opt_variable(program_.uses[in.b]);
        break;
      case Op::kLocal:
        *++top = stack[in.a];
        break;
      case Op::kStoreLocal:
        stack[in.a] = *top--;
        break;
      case Op::kSelect:
        *top = select(context_, *top, constants[in.b].as_string());
        break;
      case Op::kOptSelect:
        *top = select_optional(context_, *top, constants[in.b].as_string());
        break;
      case Op::kTest:
        *top = select_test(context_, *top, constants[in.b].as_string());
        break;
      case Op::kIndex:
        binary([&](const Value& a, const Value& b) { return index(context_, a, b); });
        break;
      case Op::kOptIndex:
        binary([&](const Value& a, const Value& b) { return index_optional(context_, a, b); });
        break;
      case Op::kIn:
        binary([&](const Value& a, const Value& b) { return contains(context_, a, b); });
        break;
      case Op::kInSet:
        *top = in_set(program_.sets[in.b], *top);
        break;
      case Op::kEqual:
        binary([&](const Value& a, const Value& b) {
          return Value::of_bool(values_equal(context_, a, b));
        });
        break;
      case Op::kNotEqual:
        binary([&](const Value& a, const Value& b) {
          return Value::of_bool(!values_equal(context_, a, b));
        });
        break;
      case Op::kCompare:
        binary([&](const Value& a, const Value& b) {
          return compare(context_, static_cast<Operator>(in.flag), a, b);
        });
        break;
      case Op::kEqualConstant:
        if (!top->is_error()) {
          bool equal = values_equal(context_, *top, constants[in.b]);
          *top = Value::of_bool(equal != static_cast<bool>(in.flag));
        }
        break;
      case Op::kCompareConstant:
        if (!top->is_error()) {
          *top = compare(context_, static_cast<Operator>(in.flag), *top, constants[in.b]);
        }
        break;
      case Op::kArithmetic:
        binary([&](const Value& a, const Value& b) {
          return arithmetic(context_, static_cast<Operator>(in.flag), a, b);
        });
        break;
      case Op::kNegate:
        if (!top->is_error()) *top = negate(context_, *top);
        break;
      case Op::kNot:
        if (top->is(Kind::kBool)) {
          *top = Value::of_bool(!top->boolean);
        } else if (!top->is_error()) {
          *top = not_a_bool(context_, "!", *top);
        }
        break;
      case Op::kAndJump:
        if (top->is(Kind::kBool) && !top->boolean) ip = code + in.b;
        break;
      case Op::kOrJump:
        if (top->is_true()) ip = code + in.b;
        break;
      case Op::kAnd:
        --top;
        *top = logical(true, top[0], top[1]);
        break;
      case Op::kOr:
        --top;
        *top = logical(false, top[0], top[1]);
        break;
      case Op::kBranch: {
        if (top->is(Kind::kBool)) {
          if (!top->boolean) ip = code + in.b;
          --top;
        } else {
          if (!top->is_error()) *top = not_a_bool(context_, "?:", *top);
          ip = code + in.c;
        }
        break;
      }
      case Op::kJump:
        ip = code + in.b;
        break;
      case Op::kOrElse:
        if (or_else(static_cast<OrElse>(in.flag), *top)) {
          ip = code + in.b;
        } else {
          --top;
        }
        break;
      case Op::kRequireOptional:
        if (!top->is(Kind::kOptional) && !top->is_error()) {
          *top = context_.error({"an optional is needed, not ", type_name(*top)});
        }
        break;
      case Op::kOptMap:
        if (top->is(Kind::kOptional) && top->inner) {
          stack[in.a] = *top->inner;
          --top;
        } else {
          if (!top->is(Kind::kOptional) && !top->is_error()) {
            *top = context_.error({"an optional is needed, not ", type_name(*top)});
          }
          ip = code + in.b;
        }
        break;
      case Op::kOptWrap:
        if (!top->is_error()) *top = context_.optional_of(*top);
        break;
      case Op::kList:
        top -= in.b;
        ++top;
        *top = make_list(in, top);
        break;
      case Op::kMap: {
        top -= 2 * static_cast<ptrdiff_t>(in.b);
        ++top;
        MapEntry* entries = nullptr;
        uint32_t count = 0;
        Value failure = make_map(in, top, entries, count);
        if (failure.is_absent() && find_repeated_key(context_, entries, count) < count) {
          failure = Value::of_error("a key stands twice in a map");
        }
        *top = failure.is_absent() ? Value::of_map(entries, count) : failure;
        break;
      }
      case Op::kMessage:
        top -= 2 * static_cast<ptrdiff_t>(in.b);
        ++top;
        *top = make_message(in, top);
        break;
      case Op::kCall: {
        const Call& target = program_.calls[in.b];
        top -= target.arg_count;
        ++top;
        *top = call(target, top);
        break;
      }
      case Op::kMatches:
        if (top->is(Kind::kString)) {
          *top = program_.regexes[in.b]->search(context_, *top);
        } else if (!top->is_error()) {
          *top = no_such_overload(context_, "matches", top, 1);
        }
        break;
      case Op::kFoldBegin: {
        Value failure = iterators[in.a].begin(context_, *top, static_cast<FoldKind>(in.c));
        if (failure.is_absent()) {
          --top;
        } else {
          *top = failure;
          ip = code + in.b;
        }
        break;
      }
      case Op::kFoldNext:
        if (!iterators[in.a].next(in.flag, stack + in.c)) {
          ip = code + in.b;
        } else if (!context_.charge(in.b - static_cast<uint32_t>(ip - code) + 1)) {
          return context_.limit_error();
        }
        break;
      case Op::kFoldStep: {
        Value done = iterators[in.a].step(context_, static_cast<FoldKind>(in.flag), *top);
        if (done.is_absent()) {
          --top;
          ip = code + in.b;
        } else {
          *top = done;
          ip = code + in.c;
        }
        break;
      }
      case Op::kFoldFilter:
        if (top->is(Kind::kBool)) {
          if (!top->boolean) ip = code + in.b;
          --top;
        } else {
          if (!top->is_error()) *top = not_a_bool(context_, "a filter", *top);
          ip = code + in.c;
        }
        break;
      case Op::kFoldEnd:
        *++top = iterators[in.a].end(static_cast<FoldKind>(in.flag));
        break;
    }
  }
}

}  // namespace

Value evaluate_program(const Program::Impl& program, const Activation& activation, Arena& arena,
                       Usage* usage, Budget* budget) {
  size_t max_bytes = program.limits.max_arena_bytes;
  uint64_t max_steps = program.limits.max_steps;
  size_t bytes_before = 0;
  if (budget) {
    max_bytes = std::min(max_bytes, budget->bytes);
    max_steps = std::min(max_steps, budget->steps);
    bytes_before = arena.bytes_used();
  }
  EvalContext context(arena, max_bytes, max_steps);
  // Raw room: every slot is written before it is read.
  alignas(Value) std::byte frame[kFrameStack * sizeof(Value)];
  alignas(FoldIterator) std::byte iterator_frame[kFrameIterators * sizeof(FoldIterator)];
  auto* stack = reinterpret_cast<Value*>(frame);
  auto* iterators = reinterpret_cast<FoldIterator*>(iterator_frame);
  if (program.stack_size > kFrameStack) stack = context.array<Value>(program.stack_size);
  if (program.iterators > kFrameIterators) {
    iterators = context.array<FoldIterator>(program.iterators);
  }
  Value result;
  if (!stack || !iterators || !context.charge(program.code.size())) {
    result = context.limit_error();
  } else {
    result = Machine(program, activation, context).run(stack, iterators);
    bool aggregate = result.is(Kind::kList) || result.is(Kind::kMap) || result.is(Kind::kOptional);
    if (aggregate) charge_for_size(context, result);
    if (context.exhausted()) result = context.limit_error();
  }
  if (budget) {
    budget->steps -= max_steps - context.steps_left();
    budget->bytes -= std::min(budget->bytes, arena.bytes_used() - bytes_before);
  }
  if (usage) {
    usage->exhausted = context.exhausted();
    usage->steps = max_steps - context.steps_left();
  }
  return result;
}

}  // namespace sapa::expression
