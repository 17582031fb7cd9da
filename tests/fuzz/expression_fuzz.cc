// libFuzzer: any bytes as an expression, through parser, checker, compiler and evaluator, checked
// and unchecked. What it proves: no crash, no undefined behaviour, no stall, diagnostics inside of
// the source, and a folded program equal to its evaluation. Built by clang++-14 -std=c++20
// -fsanitize=fuzzer,address,undefined with the sources of engine/expression and engine/base; run as
// expression_fuzz CORPUS tests/fuzz/seeds/expression -dict=tests/fuzz/expression.dict
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/base/json.h"
#include "engine/expression/expression.h"
#include "engine/expression/typed_json.h"

namespace {

using namespace sapa;
using namespace sapa::expression;

class Counts : public HostMap {
 public:
  Value find(const Value& key) const override {
    return key.is(Kind::kString) && key.as_string() == "bags" ? Value::of_int(2) : Value::absent();
  }
  uint32_t size() const override { return 1; }
  Value key_at(uint32_t) const override { return Value::of_string("bags"); }
};

class Shop : public Activation {
 public:
  Shop() {
    event_ =
        JsonReader()
            .read(R"({"name":"Order","n":3,"u":18446744073709551615,"d":1.5,"s":"Grüße","b":true,)"
                  R"("z":null,"l":[1,2.5,"a",[],{}],"m":{"k":{"j":[0]}}})",
                  arena_)
            .value();
  }
  Value load(uint32_t slot) const override {
    switch (slot) {
      case 0:
        return event_;
      case 1:
        return Value::of_timestamp(1'772'400'000, 5);
      case 2:
        return Value::of_host_map(&counts_);
      case 3:
        return Value::of_int(7);
      case 4:
        return event_.field("l");
      case 5:
        return Value::of_string("Jakarta");
      default:
        return Value::absent();
    }
  }

 private:
  Arena arena_;
  Value event_;
  Counts counts_;
};

const Environment& shop_environment() {
  static const Environment environment = [] {
    Environment e;
    e.declare("event", TypeKind::kDyn, 0);
    e.declare("event.timestamp", TypeKind::kTimestamp, 1);
    e.declare("metrics.views", Type::map_of(TypeKind::kString, TypeKind::kInt), 2);
    e.declare("metrics.orders", TypeKind::kInt, 3);
    e.declare("l", Type::list_of(TypeKind::kDyn), 4);
    e.declare("city", TypeKind::kString, 5);
    e.declare("unset", TypeKind::kDouble, 6);
    e.declare("x", TypeKind::kDyn, 0);
    return e;
  }();
  return environment;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Shop shop;
  std::string source(reinterpret_cast<const char*>(data), size);
  for (bool check : {true, false}) {
    Diagnostics diagnostics;
    CompileOptions options;
    options.check = check;
    options.limits.max_steps = 20'000;
    options.limits.max_arena_bytes = 256 * 1024;
    auto program = compile(source, shop_environment(), diagnostics, options);
    if (!program) {
      if (diagnostics.empty()) std::abort();
      for (const Diagnostic& found : diagnostics) {
        if (uint64_t{found.offset} + found.length > source.size()) std::abort();
      }
      continue;
    }
    Arena arena;
    Value value = program->evaluate(shop, arena);
    if (value.is_absent()) std::abort();
    if (arena.bytes_used() > 2 * options.limits.max_arena_bytes) std::abort();
    std::string text = to_json(value);
    append_typed_json(value, text);
    Value constant = program->constant();
    if (!constant.is_absent() && to_json(constant) != to_json(value)) std::abort();
  }
  return 0;
}
