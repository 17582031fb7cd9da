// Nothing that an expression does may stall or exhaust the engine.
#include <chrono>

#include <gtest/gtest.h>

#include "case_data.h"
#include "engine/base/json.h"

namespace sapa::expression {
namespace {

std::string repeated(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

/// With `x` as given.
std::string error_over(const Value& x, const std::string& source, Limits limits = {}) {
  Environment environment;
  environment.declare("x", TypeKind::kDyn, 0);
  Slots slots;
  slots.set(0, x);
  Diagnostics diagnostics;
  CompileOptions options{true, limits};
  auto program = compile(source, environment, diagnostics, options);
  if (!program) return diagnostics.at(0).message;
  Arena arena;
  Value value = program->evaluate(slots, arena);
  return value.is_error() ? std::string(value.as_string()) : "";
}

std::string error_of(const std::string& source, Limits limits = {}) {
  return error_over(Value::of_int(1), source, limits);
}

/// What an event may bring: as JSON, read as the engine reads it.
class Brought {
 public:
  explicit Brought(const std::string& json) {
    auto read = JsonReader().read(json, arena_);
    EXPECT_TRUE(read.ok());
    if (read.ok()) value_ = *read;
  }
  operator const Value&() const { return value_; }

 private:
  Arena arena_;
  Value value_;
};

/// At most so long as no shard may be held up, with room for a slow machine and its sanitizers.
class Soon {
 public:
  ~Soon() { EXPECT_LT(std::chrono::steady_clock::now() - began_, std::chrono::seconds(10)); }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

constexpr const char* kSteps = "the expression exceeds its step limit";
constexpr const char* kMemory = "the expression exceeds its memory limit";

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

TEST(Limits, MatchingALongTextIsPaidForByItsLength) {
  Soon soon;
  const Brought text("\"" + repeated("a", 900'000) + "b\"");
  // Patterns over which backtracking engines take for ever.
  for (const char* pattern : {"^(a+)+$", "^(a|aa)+$", "(a*)*c", "(.*a){20}c"}) {
    EXPECT_EQ(error_over(text, "x.matches('" + std::string(pattern) + "')"), "") << pattern;
  }
  const std::string thirty = "[1" + repeated(",1", 29) + "]";
  EXPECT_EQ(error_over(text, thirty + ".all(i, !x.matches('c'))"), kSteps);
  EXPECT_EQ(error_over(text, thirty + ".all(i, !x.matches('c' + string(i)))"), kSteps);
}

TEST(Limits, PatternsThatExplodeAreRefused) {
  Soon soon;
  EXPECT_NE(error_of("'a'.matches('((a{1,100}){1,100}){1,100}')"), "");
  EXPECT_NE(error_over(Brought("\"((a{1,100}){1,100}){1,100}\""), "'a'.matches(x)"), "");
  EXPECT_NE(error_over(Brought("\"" + repeated("(a|b)", 20'000) + "\""), "'a'.matches(x)"), "");
  const Brought long_pattern("\"" + repeated("a?", 1000) + "\"");
  const std::string list = "[1" + repeated(",1", 999) + "]";
  EXPECT_EQ(error_over(long_pattern, list + ".all(i, 'a'.matches(x))"), kSteps);
}

TEST(Limits, LongTextsAreSearchedAndTakenApartWithinTheirMeans) {
  Soon soon;
  const Brought text("\"" + repeated("ab ", 300'000) + "\"");
  EXPECT_EQ(error_over(text, "x.contains('zz') || x.startsWith('ab') || size(x) > 5"), "");
  EXPECT_EQ(error_over(text, "x.split(' ').size() == 300001"), "");
  EXPECT_EQ(error_over(text, "[1, 2, 3, 4, 5].map(i, x.split(' ')).size() == 5"), kMemory);
  EXPECT_EQ(
      error_over(
          text,
          "x.replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa') != ''"),
      kMemory);
  EXPECT_EQ(error_over(text, "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16].map(i, x + x).size() > 1"),
            kMemory);
  const std::string rounds = "[1" + repeated(",1", 199) + "]";
  EXPECT_EQ(error_over(text, rounds + ".all(i, x.indexOf('zz') < 0)"), kSteps);
  EXPECT_EQ(error_over(text, rounds + ".all(i, x.lowerAscii() != '')"), kMemory);
  EXPECT_EQ(error_over(text, rounds + ".all(i, x == x + '')"), kSteps);
}

TEST(Limits, DeeplyNestedDataIsComparedAndPrintedWithoutHarm) {
  Soon soon;
  // As deep as an event may be, and every way to walk it.
  const Brought lists(repeated("[", 60) + "1" + repeated("]", 60));
  const Brought maps(repeated("{\"a\":", 60) + "1" + repeated("}", 60));
  for (const Brought* data : {&lists, &maps}) {
    EXPECT_EQ(error_over(*data, "x == x"), "");
    EXPECT_EQ(error_over(*data, "[x, x, x].all(y, y == x) && x in [1, x]"), "");
    EXPECT_EQ(error_over(*data, "'%s'.format([x]) != ''"), "");
  }
  std::string path = "x";
  for (int i = 0; i < 60; ++i) path += ".a";
  EXPECT_EQ(error_over(maps, path + " == 1"), "");
  // Deeper by building it: each round shares what it was built from.
  std::string built = "x";
  for (int i = 0; i < 100; ++i) built = "[" + built + "]";
  EXPECT_EQ(error_over(lists, "[" + built + "] == [" + built + "]"), "");
}

TEST(Limits, BigComprehensionsOverBigDataStop) {
  Soon soon;
  std::string json = "[0";
  for (int i = 1; i < 20'000; ++i) json += "," + std::to_string(i);
  const Brought list(json + "]");
  EXPECT_EQ(error_over(list, "x.all(i, i >= 0) && x.filter(i, i % 2 == 0).size() == 10000"), "");
  EXPECT_EQ(error_over(list, "x.all(i, x.exists(j, i == j + 0))"), kSteps);
  EXPECT_EQ(error_over(list, "x.exists(i, x.map(j, i + j).size() == 0)"), kSteps);
  EXPECT_EQ(error_over(list, "x.map(i, x.filter(j, j > i)).size() > 0"), kSteps);
  EXPECT_EQ(error_over(list, "x.all(i, !((i + 20000) in x))"), kSteps);
  std::string entries = "{\"k\":1";
  for (int i = 1; i < 20'000; ++i) entries += ",\"k" + std::to_string(i) + "\":1";
  const Brought map(entries + "}");
  EXPECT_EQ(error_over(map, "x.all(k, !x.exists(l, l + '!' == k))"), kSteps);
  EXPECT_EQ(error_over(map, "x.all(k, v, x.all(l, w, v == w && k + l != ''))"), kSteps);
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
