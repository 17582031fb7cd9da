// Arbitrary bytes as an expression over declared types, against the checker's promises: it neither
// crashes nor hangs; it says the same twice; what it finds stands inside the source; and what it
// lets pass means the same as without it, and keeps the type that it promised where that is a plain
// one. Conjuncts, which the index over campaigns reads, must compile alone and agree with the
// whole.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/base/json.h"
#include "engine/expression/expression.h"

namespace {

using namespace sapa;
using namespace sapa::expression;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

class Data : public Activation {
 public:
  Data() {
    auto read = [&](const char* json) { return JsonReader().read(json, arena_).value(); };
    values_[0] = read(R"({"category":"bags","price":250000,"tags":["a","b"],"ok":true,"n":null})");
    values_[1] = Value::of_int(5);
    values_[2] = Value::of_double(2.5);
    values_[3] = Value::of_string("Jakarta");
    values_[4] = Value::of_bool(true);
    values_[5] = Value::of_timestamp(1'772'400'000, 0);
    values_[6] = read(R"(["a","b","c"])");
  }
  Value load(uint32_t slot) const override { return slot < 7 ? values_[slot] : Value::absent(); }

 private:
  Arena arena_;
  Value values_[7];
};

Environment declared() {
  Environment environment;
  environment.declare("event.properties",
                      Type::record_of({{"category", TypeKind::kString},
                                       {"price", Type::any_number()},
                                       {"tags", Type::list_of(TypeKind::kString)},
                                       {"ok", TypeKind::kBool}}),
                      0);
  environment.declare("i", TypeKind::kInt, 1);
  environment.declare("d", TypeKind::kDouble, 2);
  environment.declare("s", TypeKind::kString, 3);
  environment.declare("b", TypeKind::kBool, 4);
  environment.declare("t", TypeKind::kTimestamp, 5);
  environment.declare("l", Type::list_of(TypeKind::kString), 6);
  environment.declare("unset", TypeKind::kString, 7);
  return environment;
}

bool keeps_type(const Type& type, const Value& value) {
  switch (type.kind) {
    case TypeKind::kBool:
      return value.is(Kind::kBool);
    case TypeKind::kString:
      return value.is(Kind::kString);
    case TypeKind::kTimestamp:
      return value.is(Kind::kTimestamp);
    case TypeKind::kList:
      return value.is(Kind::kList);
    default:
      return true;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Environment environment = declared();
  static const Data values;
  std::string_view source(reinterpret_cast<const char*>(data), size);
  CompileOptions options;
  options.limits.max_steps = 20'000;
  options.limits.max_arena_bytes = 256 * 1024;
  options.conjuncts = true;
  Diagnostics first, second, unchecked_diagnostics;
  auto program = compile(source, environment, first, options);
  auto again = compile(source, environment, second, options);
  require((program == nullptr) == (again == nullptr) && first.size() == second.size(),
          "the checker says the same twice");
  for (size_t i = 0; i < first.size(); ++i) {
    require(first[i].message == second[i].message, "the checker says the same twice");
    require(uint64_t{first[i].offset} + first[i].length <= size, "findings stand in the source");
  }
  if (!program) {
    require(!first.empty(), "a refusal has a reason");
    return 0;
  }
  Arena arena;
  Value value = program->evaluate(values, arena);
  require(value.is_error() || keeps_type(program->result_type(), value), "types are kept");
  CompileOptions loose = options;
  loose.check = false;
  auto unchecked = compile(source, environment, unchecked_diagnostics, loose);
  require(unchecked != nullptr, "what passes the check compiles without it");
  require(to_json(unchecked->evaluate(values, arena)) == to_json(value),
          "the check changes no meaning");
  for (const Conjunct& conjunct : program->conjuncts()) {
    Diagnostics ignored;
    auto operand = compile(conjunct.source, environment, ignored, loose);
    if (!operand || operand->key() != conjunct.key) continue;  // as the index does
    Value its = operand->evaluate(values, arena);
    bool may_hold = !its.is_error();
    if (may_hold && conjunct.form == Conjunct::Form::kEquals) {
      may_hold = false;
      for (const Value& wanted : conjunct.values) {
        may_hold |= can_equal_scalar(its) && scalar_hash(its) == scalar_hash(wanted);
      }
    } else if (may_hold && conjunct.form == Conjunct::Form::kTruth) {
      may_hold = its.is(Kind::kBool) && its.boolean == conjunct.values[0].boolean;
    } else if (may_hold && conjunct.form == Conjunct::Form::kRange) {
      double at = conjunct.of_time ? static_cast<double>(its.integer) : its.as_double();
      may_hold = conjunct.of_time ? its.is(Kind::kTimestamp) : its.is_number();
      may_hold = may_hold && at >= conjunct.low && at <= conjunct.high;
    }
    require(may_hold || !value.is_true(), "a condition that is true has no part that is not");
  }
  return 0;
}
