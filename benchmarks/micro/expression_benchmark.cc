// What do parse, check, compile and evaluate of a condition cost? Five conditions as campaigns have
// them, against an event of ten properties held in memory. Expected: evaluation of the first in at
// most 60 ns.
#include <cstdlib>

#include <benchmark/benchmark.h>

#include "engine/base/json.h"
#include "engine/expression/checker.h"
#include "engine/expression/compiler.h"
#include "engine/expression/expression.h"
#include "engine/expression/parser.h"
#include "engine/expression/resolver.h"

namespace sapa::expression {
namespace {

struct Condition {
  const char* name;
  const char* text;
};

constexpr Condition kConditions[] = {
    {"price_and_city", R"(event.properties.price > 100000.0 && customer.city == "Jakarta")"},
    {"one_of_categories",
     R"(event.properties.category in ["bags", "shoes", "hats"] && !(event.properties.sku in ["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9"]))"},
    {"metrics",
     "metrics.orders >= 3 && metrics.spend.orValue(0.0) + event.properties.price > 1000000.0"},
    {"items", R"(event.properties.items.exists(i, i.price > 500000 && i.name.startsWith("Sof")))"},
    {"text_and_time",
     R"(event.properties.email.matches("@example\\.(com|id)$") && event.timestamp.getHours("Asia/Jakarta") >= 9)"},
};

constexpr const char* kEvent = R"({
  "name": "Order Completed", "properties": {
    "order_id": "O-1029", "category": "bags", "sku": "S77", "quantity": 2, "currency": "IDR",
    "price": 250000, "email": "ani@example.id", "total": 750000,
    "items": [{"name": "Table", "price": 250000}, {"name": "Sofa", "price": 900000}],
    "coupon": null}})";

Environment environment() {
  Environment result;
  result.declare("event", TypeKind::kDyn, 0);
  result.declare("event.timestamp", TypeKind::kTimestamp, 1);
  result.declare("customer.city", TypeKind::kString, 2);
  result.declare("metrics.orders", TypeKind::kInt, 3);
  result.declare("metrics.spend", TypeKind::kDouble, 4);
  return result;
}

class Shop : public Activation {
 public:
  Shop() {
    slots_[0] = JsonReader().read(kEvent, arena_).value();
    slots_[1] = Value::of_timestamp(1'772'420'000, 0);
    slots_[2] = Value::of_string("Jakarta");
    slots_[3] = Value::of_int(5);
    slots_[4] = Value::of_double(900'000);
  }
  Value load(uint32_t slot) const override { return slots_[slot]; }

 private:
  Arena arena_;
  Value slots_[5];
};

void parse_stage(benchmark::State& state, const Condition& condition) {
  for (auto _ : state) {
    Diagnostics diagnostics;
    Ast ast = parse(condition.text, Limits(), diagnostics);
    benchmark::DoNotOptimize(ast.root);
  }
}

void check_stage(benchmark::State& state, const Condition& condition) {
  Environment declared = environment();
  Diagnostics diagnostics;
  Ast ast = parse(condition.text, Limits(), diagnostics);
  resolve(ast, declared);
  for (auto _ : state) {
    benchmark::DoNotOptimize(check(ast, condition.text, declared, diagnostics));
  }
  if (!diagnostics.empty()) state.SkipWithError(diagnostics[0].message.c_str());
}

void compile_stage(benchmark::State& state, const Condition& condition) {
  Environment declared = environment();
  Diagnostics diagnostics;
  Ast ast = parse(condition.text, Limits(), diagnostics);
  Resolved resolved = resolve(ast, declared);
  for (auto _ : state) {
    benchmark::DoNotOptimize(compile_tree(ast, resolved.locals, declared, Limits(), diagnostics));
  }
}

void evaluate_stage(benchmark::State& state, const Condition& condition) {
  Diagnostics diagnostics;
  auto program = compile(condition.text, environment(), diagnostics);
  Shop shop;
  Arena arena;
  if (!program || !program->evaluate(shop, arena).is_true()) {
    state.SkipWithError("the condition must compile and hold");
    return;
  }
  for (auto _ : state) {
    arena.reset();
    Value value = program->evaluate(shop, arena);
    benchmark::DoNotOptimize(value);
  }
}

}  // namespace
}  // namespace sapa::expression

int main(int argc, char** argv) {
  using namespace sapa::expression;
  for (const Condition& condition : kConditions) {
    std::string name = condition.name;
    benchmark::RegisterBenchmark(("parse/" + name).c_str(), parse_stage, condition);
    benchmark::RegisterBenchmark(("check/" + name).c_str(), check_stage, condition);
    benchmark::RegisterBenchmark(("compile/" + name).c_str(), compile_stage, condition);
    benchmark::RegisterBenchmark(("evaluate/" + name).c_str(), evaluate_stage, condition);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
