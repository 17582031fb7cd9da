#include "engine/expression/checker.h"

#include <gtest/gtest.h>

#include "engine/expression/parser.h"
#include "engine/expression/resolver.h"

namespace sapa::expression {
namespace {

Environment campaign_environment() {
  Environment environment;
  environment.declare("event", TypeKind::kDyn, 0);
  environment.declare("event.timestamp", TypeKind::kTimestamp, 1);
  environment.declare("customer.city", TypeKind::kString, 2);
  environment.declare("metrics.orders", TypeKind::kInt, 3);
  environment.declare("metrics.spend", TypeKind::kDouble, 4);
  environment.declare("tags", Type::list_of(TypeKind::kString), 5);
  environment.declare("limit", Type::wrapper_of(TypeKind::kInt), 6);
  return environment;
}

struct Checked {
  std::string type;
  Diagnostics diagnostics;
};

Checked checked(std::string_view source) {
  Environment environment = campaign_environment();
  Checked result;
  Ast ast = parse(source, Limits(), result.diagnostics);
  if (!ast.root) return result;
  resolve(ast, environment);
  result.type = check(ast, source, environment, result.diagnostics).to_string();
  return result;
}

std::string type_of(std::string_view source) {
  Checked result = checked(source);
  return result.diagnostics.empty() ? result.type : "error: " + result.diagnostics[0].message;
}

TEST(Checker, DeducesTypes) {
  EXPECT_EQ(type_of("1 + 2"), "int");
  EXPECT_EQ(type_of("[1, 2]"), "list(int)");
  EXPECT_EQ(type_of("[1, 'a']"), "list(dyn)");
  EXPECT_EQ(type_of("[]"), "list(dyn)");
  EXPECT_EQ(type_of("[[], [1]]"), "list(list(int))");
  EXPECT_EQ(type_of("{'a': 1.5}"), "map(string, double)");
  EXPECT_EQ(type_of("{}"), "map(dyn, dyn)");
  EXPECT_EQ(type_of("tags.map(t, t.size())"), "list(int)");
  EXPECT_EQ(type_of("tags.filter(t, t != '')"), "list(string)");
  EXPECT_EQ(type_of("tags.transformMap(i, t, t)"), "map(int, string)");
  EXPECT_EQ(type_of("{'a': [1]}.?a[0]"), "optional(int)");
  EXPECT_EQ(type_of("[optional.none(), optional.of(1)]"), "list(optional(int))");
  EXPECT_EQ(type_of("type(1)"), "type(int)");
  EXPECT_EQ(type_of("cel.bind(x, 1, [x])"), "list(int)");
}

TEST(Checker, LeavesDynamicArithmeticOpen) {
  EXPECT_EQ(type_of("event.price * 2"), "dyn");
  EXPECT_EQ(type_of("event.name + '!'"), "string");
  EXPECT_EQ(type_of("event.a.b.c > 3 && event.x"), "bool");
}

TEST(Checker, KnowsQualifiedVariables) {
  EXPECT_EQ(type_of("event.timestamp.getHours()"), "int");
  EXPECT_EQ(type_of("customer.city == 'Jakarta'"), "bool");
  EXPECT_EQ(type_of("metrics.spend.orValue(0.0)"), "double");
  EXPECT_EQ(type_of("customer.?city"), "optional(string)");
  EXPECT_EQ(type_of("has(customer.city)"), "bool");
}

TEST(Checker, TakesNullWhereAWrapperIs) {
  EXPECT_EQ(type_of("limit == null"), "bool");
  EXPECT_EQ(type_of("limit + 1"), "int");
  EXPECT_EQ(type_of("limit > 1.5"), "bool");
  EXPECT_EQ(type_of("metrics.orders == null"), "error: no '==' for (int, null)");
}

TEST(Checker, SuggestsDeclaredNames) {
  Checked result = checked("metrics.order > 3");
  ASSERT_EQ(result.diagnostics.size(), 1u);
  EXPECT_EQ(result.diagnostics[0].message, "undeclared reference to 'metrics.order'");
  EXPECT_EQ(result.diagnostics[0].suggestion, "metrics.orders");
  EXPECT_EQ(result.diagnostics[0].offset, 0u);
  EXPECT_EQ(result.diagnostics[0].length, 13u);
  EXPECT_EQ(checked("evnt.price > 3").diagnostics.at(0).suggestion, "event.price");
  EXPECT_EQ(checked("tags.size() > 3 && tag == 'a'").diagnostics.at(0).suggestion, "tags");
}

TEST(Checker, SuggestsFunctions) {
  EXPECT_EQ(checked("customer.city.startWith('J')").diagnostics.at(0).suggestion, "startsWith");
  EXPECT_EQ(checked("math.rond(1.5)").diagnostics.at(0).suggestion, "math.round");
  EXPECT_EQ(checked("contains(customer.city, 'J')").diagnostics.at(0).suggestion,
            "customer.city.contains(…)");
}

TEST(Checker, SuggestsAConversionForMixedNumbers) {
  Checked result = checked("metrics.spend > 1.0 && metrics.orders * 1.5 > 2.0");
  ASSERT_EQ(result.diagnostics.size(), 1u);
  EXPECT_EQ(result.diagnostics[0].message, "no '*' for (int, double)");
  EXPECT_EQ(result.diagnostics[0].suggestion, "double(metrics.orders)");
  EXPECT_EQ(checked("metrics.spend == 3").diagnostics.at(0).suggestion, "double(3)");
}

TEST(Checker, ReportsEveryErrorOnce) {
  Checked result = checked("nothing.here == 1 && metrics.orders.x == 2 && customer.city + 1 == 3");
  EXPECT_EQ(result.diagnostics.size(), 3u);
}

TEST(Checker, TreatsLocalsOfMacrosAsTheirTypes) {
  EXPECT_EQ(type_of("tags.exists(t, t > 3)"), "error: no '>' for (string, int)");
  EXPECT_EQ(type_of("tags.exists(i, t, i > 3 && t > 'a')"), "bool");
}

}  // namespace
}  // namespace sapa::expression
