// What a compiled program tells about itself.
#include <gtest/gtest.h>

#include "engine/expression/expression.h"
#include "engine/expression/functions.h"

namespace sapa::expression {
namespace {

Environment environment() {
  Environment result;
  result.declare("event", TypeKind::kDyn, 0);
  result.declare("customer.city", TypeKind::kString, 1);
  result.declare("metrics.views", Type::map_of(TypeKind::kString, TypeKind::kInt), 2);
  return result;
}

std::unique_ptr<Program> compiled(std::string_view source) {
  Diagnostics diagnostics;
  auto program = compile(source, environment(), diagnostics);
  EXPECT_TRUE(program) << source << ": " << (diagnostics.empty() ? "" : diagnostics[0].message);
  return program;
}

std::string references(std::string_view source) {
  std::string out;
  auto program = compiled(source);
  if (!program) return "refused";
  for (const Reference& reference : program->references()) {
    if (!out.empty()) out += " ";
    out += std::to_string(reference.slot);
    for (const std::string& member : reference.path) out += "." + member;
  }
  return out;
}

TEST(Program, ListsReferencesWithTheirPaths) {
  EXPECT_EQ(references("event.properties.price > 3 && customer.city == 'Jakarta'"),
            "0.properties.price 1");
  EXPECT_EQ(references("event.a == 1 || event.a == 2 || event.b == 3"), "0.a 0.b");
  EXPECT_EQ(references("event['a']['b'] == 1"), "0.a.b");
  EXPECT_EQ(references("has(event.a.b)"), "0.a.b");
  EXPECT_EQ(references("event.a.?b.hasValue()"), "0.a.b");
  EXPECT_EQ(references("event.a.b.orValue(0) == 0"), "0.a.b");
  EXPECT_EQ(references("event.items.exists(i, i.price > 3)"), "0.items");
  EXPECT_EQ(references("event"), "0");
  EXPECT_EQ(references("event.a[event.b]"), "0.a 0.b");
  EXPECT_EQ(references("has(customer.city)"), "1");
  EXPECT_EQ(references("1 + 2 == 3"), "");
}

TEST(Program, FoldsConstants) {
  EXPECT_EQ(compiled("2 * 3 + 1")->constant().integer, 7);
  EXPECT_TRUE(compiled("'a' + 'b' == 'ab'")->constant().is_true());
  EXPECT_EQ(compiled("[1, 2].map(x, x * 2)")->constant().size, 2u);
  EXPECT_TRUE(compiled("true || event.x == 1")->constant().is_true());
  EXPECT_TRUE(compiled("event.x == 1 || true")->constant().is_true());
  EXPECT_TRUE(compiled("event.x == 1 && false")->constant().is(Kind::kBool));
  EXPECT_TRUE(compiled("1 / 0 == 1")->constant().is_absent());
  EXPECT_TRUE(compiled("event.x == 1")->constant().is_absent());
}

TEST(Program, HasTheCheckedType) {
  EXPECT_EQ(compiled("event.x")->result_type().to_string(), "dyn");
  EXPECT_EQ(compiled("customer.city")->result_type().to_string(), "string");
}

TEST(Program, KeepsItsConstantsAfterTheSourceIsGone) {
  auto source = std::make_unique<std::string>("['a long enough text to be on the heap', 'b']");
  auto program = compiled(*source);
  source.reset();
  EXPECT_EQ(program->constant().items[0].as_string(), "a long enough text to be on the heap");
}

TEST(Program, RefusesAWrongConstantPattern) {
  Diagnostics diagnostics;
  EXPECT_FALSE(compile("customer.city.matches('(')", environment(), diagnostics));
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(diagnostics[0].offset, 22u);
  EXPECT_EQ(diagnostics[0].length, 3u);
}

TEST(FunctionTable, ReadsSignaturesAsDocumented) {
  Overload overload = parse_overload("map(A, B).(int) list(A)");
  EXPECT_TRUE(overload.member);
  ASSERT_EQ(overload.parameters.size(), 2u);
  EXPECT_EQ(overload.parameters[0].to_string(), "map(A, B)");
  EXPECT_EQ(overload.result.to_string(), "list(A)");
  EXPECT_FALSE(parse_overload("() optional(A)").member);
  EXPECT_EQ(parse_overload("(list(map(string, dyn)), timestamp) bool").parameters[0].to_string(),
            "list(map(string, dyn))");
}

}  // namespace
}  // namespace sapa::expression
