#include "engine/expression/parser.h"

#include <gtest/gtest.h>

namespace sapa::expression {
namespace {

/// The tree in prefix form.
std::string shape(const Expr* e) {
  std::string out;
  switch (e->kind) {
    case ExprKind::kConstant:
      return "c";
    case ExprKind::kIdent:
      return std::string(e->name);
    case ExprKind::kSelect:
      out = std::string(e->has ? "has." : e->optional ? ".?" : ".") + std::string(e->name);
      break;
    case ExprKind::kCall:
      out = e->op == Operator::kNone ? std::string(e->name) : std::string(operator_symbol(e->op));
      break;
    case ExprKind::kList:
      out = "list";
      break;
    case ExprKind::kMap:
      out = "map";
      break;
    case ExprKind::kMessage:
      out = "message " + std::string(e->name);
      break;
    case ExprKind::kFold:
      out = "fold " + std::string(e->name);
      break;
    case ExprKind::kBind:
      out = "bind " + std::string(e->name);
      break;
    case ExprKind::kOptMap:
      out = "optmap " + std::string(e->name);
      break;
  }
  out = "(" + out;
  for (uint32_t i = 0; i < e->arg_count; ++i) out += " " + shape(e->args[i]);
  return out + ")";
}

std::string parsed(std::string_view source) {
  Diagnostics diagnostics;
  Ast ast = parse(source, Limits(), diagnostics);
  return ast.root ? shape(ast.root) : "error: " + diagnostics.at(0).message;
}

TEST(Parser, BindsOperatorsByPrecedence) {
  EXPECT_EQ(parsed("a + b * c"), "(+ a (* b c))");
  EXPECT_EQ(parsed("a - b - c"), "(- (- a b) c)");
  EXPECT_EQ(parsed("a || b && c == d"), "(|| a (&& b (== c d)))");
  EXPECT_EQ(parsed("a ? b : c ? d : e"), "(?: a b (?: c d e))");
  EXPECT_EQ(parsed("!a.b"), "(! (.b a))");
  EXPECT_EQ(parsed("-a * b"), "(* (- a) b)");
  EXPECT_EQ(parsed("a in b in c"), "(in (in a b) c)");
}

TEST(Parser, BalancesLongLogicalChains) {
  EXPECT_EQ(parsed("a && b && c && d"), "(&& (&& a b) (&& c d))");
}

TEST(Parser, ReadsMembersCallsAndIndexes) {
  EXPECT_EQ(parsed("a.b[c].d(e, f)"), "(d ([] (.b a) c) e f)");
  EXPECT_EQ(parsed("a.?b[?c]"), "([] (.?b a) c)");
  EXPECT_EQ(parsed("a.b.C{d: e}"), "(message a.b.C c e)");
  EXPECT_EQ(parsed("{a: b, ?c: d}"), "(map a b c d)");
}

TEST(Parser, ExpandsMacros) {
  EXPECT_EQ(parsed("has(a.b)"), "(has.b a)");
  EXPECT_EQ(parsed("a.map(x, x, y)"), "(fold x a x y)");
  EXPECT_EQ(parsed("a.all(i, v, v)"), "(fold i a v)");
  EXPECT_EQ(parsed("cel.bind(x, a, b)"), "(bind x a b)");
  EXPECT_EQ(parsed("a.optMap(x, b)"), "(optmap x a b)");
  EXPECT_EQ(parsed("math.least(a, b)"), "(least math (list a b))");
  // A call with another number of arguments is a function.
  EXPECT_EQ(parsed("a.map(x)"), "(map a x)");
}

TEST(Parser, PointsAtTheError) {
  Diagnostics diagnostics;
  Ast ast = parse("event.price >", Limits(), diagnostics);
  EXPECT_EQ(ast.root, nullptr);
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(diagnostics[0].offset, 13u);
  diagnostics.clear();
  parse("1 + 'a\\q'", Limits(), diagnostics);
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(diagnostics[0].offset, 6u);
}

TEST(Parser, RefusesInvalidUtf8) {
  Diagnostics diagnostics;
  EXPECT_EQ(parse("'\xff'", Limits(), diagnostics).root, nullptr);
}

}  // namespace
}  // namespace sapa::expression
