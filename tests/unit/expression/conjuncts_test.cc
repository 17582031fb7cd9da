// What an index learns of a condition: the parts joined by && that compare with constants.
#include <gtest/gtest.h>

#include "engine/expression/expression.h"

namespace sapa::expression {
namespace {

using Form = Conjunct::Form;

std::unique_ptr<Program> compiled(const std::string& source, Diagnostics& diagnostics) {
  Environment environment;
  environment.declare("event", TypeKind::kDyn, 0);
  environment.declare("event.properties", TypeKind::kDyn, 1);
  CompileOptions options;
  options.conjuncts = true;
  return compile(source, environment, diagnostics, options);
}

std::vector<Conjunct> conjuncts_of(const std::string& source) {
  static std::vector<std::unique_ptr<Program>> programs;
  Diagnostics diagnostics;
  auto program = compiled(source, diagnostics);
  if (!program) {
    ADD_FAILURE() << source << ": " << diagnostics[0].message;
    return {};
  }
  auto found = program->conjuncts();
  programs.push_back(std::move(program));
  return found;
}

std::string key_of(const std::string& source) {
  Diagnostics diagnostics;
  auto program = compiled(source, diagnostics);
  return program ? program->key() : "does not compile";
}

TEST(Conjuncts, AreFoundOnBothSidesAndInAnyNesting) {
  auto found = conjuncts_of(
      "event.properties.a == 'x' && (3 < event.properties.n && 'y' == event.properties.b)");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].form, Form::kEquals);
  EXPECT_EQ(found[0].source, "event.properties.a");
  EXPECT_EQ(found[0].values[0].as_string(), "x");
  EXPECT_EQ(found[1].form, Form::kRange);
  EXPECT_EQ(found[1].low, 3);
  EXPECT_EQ(found[2].source, "event.properties.b");
}

TEST(Conjuncts, OfOneOperandHaveOneKeyHoweverItIsWritten) {
  auto found = conjuncts_of(
      "event.properties.a == 1 && event.properties['a'] == 2 && event . properties.a == 3 && "
      "event.properties.b == 4");
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].key, found[1].key);
  EXPECT_EQ(found[0].key, found[2].key);
  EXPECT_NE(found[0].key, found[3].key);
}

TEST(Conjuncts, TakeAlternativesOfOneOperandTogether) {
  auto found = conjuncts_of("event.properties.a == 1 || event.properties.a in [2, 3]");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].form, Form::kEquals);
  EXPECT_EQ(found[0].values.size(), 3u);
  found = conjuncts_of("event.properties.a == 1 || event.properties.b == 1");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].form, Form::kTruth) << "true or false as a whole";
}

TEST(Conjuncts, JoinBoundsToOneRange) {
  auto found = conjuncts_of("event.properties.n >= 1 && event.properties.n < 10.0");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].low, 1);
  EXPECT_EQ(found[0].high, 10);
  found = conjuncts_of("event.properties.t >= timestamp('1970-01-01T00:01:00Z')");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].of_time);
  EXPECT_EQ(found[0].low, 60);
}

TEST(Conjuncts, KnowTruthsPrefixesAndMembers) {
  auto found = conjuncts_of(
      "event.properties.vip && !event.properties.old && event.properties.u.startsWith('/a') && "
      "'x' in event.properties.tags");
  ASSERT_EQ(found.size(), 4u);
  EXPECT_TRUE(found[0].form == Form::kTruth && found[0].values[0].boolean);
  EXPECT_TRUE(found[1].form == Form::kTruth && !found[1].values[0].boolean);
  EXPECT_EQ(found[2].form, Form::kPrefix);
  EXPECT_EQ(found[3].form, Form::kContains);
}

TEST(Conjuncts, FoldTheirConstants) {
  auto found = conjuncts_of("event.properties.n == 60 * 60 && event.properties.a == 'x' + 'y'");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].values[0].integer, 3600);
  EXPECT_EQ(found[1].values[0].as_string(), "xy");
}

TEST(Conjuncts, HaveOperandsThatCompileToThemselves) {
  for (const char* source : {"has(event.properties.a)",
                             "!has(event.properties.a)",
                             "event.properties.l.exists(x, x == 1)",
                             "cel.bind(x, event.properties.a, x == 1)",
                             "(event.properties.a) == 1",
                             "(event.properties.a + 1) == 2",
                             "((event.properties.a + 1) * 2) > 3",
                             "event.properties.a.orValue(1) == 2",
                             "event.properties.?a.optMap(x, x + 1).orValue(1) == 2",
                             "[event.properties.a, 1][0] == 1",
                             "{'k': event.properties.a}.k == 1",
                             "-event.properties.a > 1",
                             "(event.properties.a ? 1 : 2) == 1",
                             "event.properties.l.map(x, x + 1)[0] in [1, 2]",
                             "event.timestamp.getHours('UTC') >= 9",
                             "'x' in event.properties['tags']",
                             "(event.properties.a || event.properties.b)",
                             "event.properties.l.filter(x, has(x.y)).size() == 1",
                             "string(event.properties.a).startsWith('b')",
                             ".event.properties.a == 1"}) {
    auto found = conjuncts_of(source);
    ASSERT_EQ(found.size(), 1u) << source;
    EXPECT_EQ(key_of(found[0].source), found[0].key) << source << ": " << found[0].source;
  }
}

TEST(Conjuncts, TellDifferentOperandsApart) {
  for (const auto& [a, b] : std::vector<std::pair<std::string, std::string>>{
           {"event.properties.a.b", "event.properties['a.b']"},
           {"event.properties.a + 1", "event.properties.a + 1.0"},
           {"event.properties.a + 1", "event.properties.a - 1"},
           {"event.properties.?a.orValue(1)", "event.properties.a"},
           {"event.properties.l.exists(x, x == 1)", "event.properties.l.all(x, x == 1)"},
           {"event.properties.l.exists(x, x == 1)", "event.properties.l.exists(x, x == 2)"},
           {"size(event.properties.a)", "string(event.properties.a)"},
           {"[event.properties.a][0]", "{0: event.properties.a}[0]"}}) {
    auto first = conjuncts_of("dyn(" + a + ") == 1"), second = conjuncts_of("dyn(" + b + ") == 1");
    ASSERT_TRUE(first.size() == 1 && second.size() == 1) << a;
    EXPECT_NE(first[0].key, second[0].key) << a << " and " << b;
  }
}

}  // namespace
}  // namespace sapa::expression
