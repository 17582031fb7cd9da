// Nothing that an expression does may stall or exhaust the engine.
#include <chrono>

#include <gtest/gtest.h>

#include "case_data.h"

namespace sapa::expression {
namespace {

std::string repeated(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string error_of(const std::string& source, Limits limits = {}) {
  Environment environment;
  environment.declare("x", TypeKind::kDyn, 0);
  Slots slots;
  slots.set(0, Value::of_int(1));
  Diagnostics diagnostics;
  CompileOptions options{true, limits};
  auto program = compile(source, environment, diagnostics, options);
  if (!program) return diagnostics.at(0).message;
  Arena arena;
  Value value = program->evaluate(slots, arena);
  return value.is_error() ? std::string(value.as_string()) : "";
}

Limits wide_source() {
  Limits limits;
  limits.max_source_bytes = 10 << 20;
  return limits;
}

TEST(Limits, RefuseLongSources) {
  EXPECT_NE(error_of("'" + repeated("a", 70'000) + "'").find("longer than"), std::string::npos);
}

TEST(Limits, RefuseDeepNesting) {
  constexpr size_t kDeep = 100'000;
  for (const std::string& source :
       {repeated("(", kDeep) + "1" + repeated(")", kDeep), repeated("[", kDeep),
        repeated("{1:", kDeep), repeated("f(", kDeep), repeated("a[", kDeep),
        repeated("true ? 1 : ", kDeep) + "1", repeated("[1].map(x, ", kDeep), repeated("-(", kDeep),
        repeated("!(", kDeep), repeated("A{a:", kDeep)}) {
    EXPECT_NE(error_of(source, wide_source()).find("nests deeper"), std::string::npos)
        << source.substr(0, 20);
  }
}

TEST(Limits, RefuseLongChainsOfOneOperator) {
  constexpr size_t kLong = 50'000;
  for (const std::string& source :
       {"1" + repeated(" + 1", kLong), "x" + repeated(".a", kLong), "x" + repeated("[0]", kLong),
        "x" + repeated(".f()", kLong), "1" + repeated(" < 1", kLong)}) {
    EXPECT_NE(error_of(source, wide_source()).find("in a row"), std::string::npos)
        << source.substr(0, 20);
  }
}

TEST(Limits, AllowManySignsAndLogicalTerms) {
  EXPECT_EQ(error_of(repeated("!", 100'000) + "true", wide_source()), "");
  EXPECT_EQ(error_of(repeated("-", 100'000) + "x", wide_source()), "");
  EXPECT_EQ(error_of("x == 1" + repeated(" && x == 1", 5'000), wide_source()), "");
}

TEST(Limits, AllowWhatTheLanguageRequires) {
  EXPECT_EQ(error_of(repeated("(", 32) + "1" + repeated(")", 32)), "");
  EXPECT_EQ(error_of("1" + repeated(" + 1", 100)), "");
  EXPECT_EQ(error_of("[1" + repeated(", 1", 1000) + "]"), "");
}

TEST(Limits, StopLoops) {
  std::string list = "[1" + repeated(",1", 99) + "]";
  std::string source = list + ".all(a, " + list + ".all(b, " + list + ".all(c, " + list +
                       ".all(d, a + b + c + d == 4))))";
  EXPECT_EQ(error_of(source), "the expression exceeds its step limit");
  EXPECT_EQ(error_of(source + " || true"), "") << "a constant side needs no loop";
  EXPECT_EQ(error_of(source + " || x == 1"), "the expression exceeds its step limit");
}

TEST(Limits, StopGrowingTexts) {
  std::string source = "x == 1 ? 'aaaaaaaaaaaaaaaa' : ''";
  for (int i = 0; i < 40; ++i) source = "cel.bind(s, " + source + ", s + s)";
  EXPECT_EQ(error_of(source), "the expression exceeds its memory limit");
  std::string replaced = "x == 1 ? 'aaaaaaaaaaaaaaaa' : ''";
  for (int i = 0; i < 10; ++i) replaced = "(" + replaced + ").replace('a', 'aaaaaaaaaaaaaaaa')";
  EXPECT_EQ(error_of(replaced), "the expression exceeds its memory limit");
  std::string joined = "x == 1 ? 'aaaaaaaaaaaaaaaa' : ''";
  for (int i = 0; i < 12; ++i) joined = "cel.bind(s, " + joined + ", [s, s, s, s, s, s].join(s))";
  EXPECT_EQ(error_of(joined), "the expression exceeds its memory limit");
  std::string formatted = "x == 1 ? 'aaaaaaaaaaaaaaaa' : ''";
  for (int i = 0; i < 30; ++i)
    formatted = "cel.bind(s, " + formatted + ", '%s%s%s'.format([s, s, s]))";
  EXPECT_EQ(error_of(formatted), "the expression exceeds its memory limit");
}

TEST(Limits, StopValuesThatShareThemselves) {
  std::string shared = "[x, x]";
  for (int i = 0; i < 60; ++i) shared = "cel.bind(s, " + shared + ", [s, s])";
  EXPECT_EQ(error_of(shared), "the expression exceeds its step limit");
  EXPECT_EQ(error_of("cel.bind(a, " + shared + ", cel.bind(b, " + shared + ", a == b))"),
            "the expression exceeds its step limit");
  EXPECT_NE(error_of("'%s'.format([" + shared + "])"), "");
}

TEST(Limits, AreNotForgottenByLogic) {
  std::string shared = "[x, x]";
  for (int i = 0; i < 60; ++i) shared = "cel.bind(s, " + shared + ", [s, s])";
  EXPECT_EQ(error_of("cel.bind(a, " + shared + ", a == a || x == 1)"),
            "the expression exceeds its step limit");
}

TEST(Limits, CompileHostileConstantsQuickly) {
  auto start = std::chrono::steady_clock::now();
  std::string nested = "1/0";
  for (int i = 0; i < 60; ++i) nested = "((" + nested + ") == 1 && (1 == 2 || true))";
  error_of(nested);
  std::string list = "[1" + repeated(",1", 99) + "]";
  std::string loops = list + ".all(a, " + list + ".all(b, " + list + ".all(c, " + list +
                      ".all(d, a + b + c + d == 4))))";
  std::string many = loops;
  for (int i = 0; i < 50; ++i) many += " || " + loops;
  error_of(many);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace sapa::expression
