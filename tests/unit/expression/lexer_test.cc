#include "engine/expression/lexer.h"

#include <vector>

#include <gtest/gtest.h>

namespace sapa::expression {
namespace {

std::vector<Token> tokens_of(std::string_view source) {
  Lexer lexer(source);
  std::vector<Token> tokens;
  do {
    tokens.push_back(lexer.next());
  } while (tokens.back().kind != TokenKind::kEnd && tokens.back().kind != TokenKind::kError);
  return tokens;
}

TEST(Lexer, KnowsWhereEachTokenStands) {
  auto tokens = tokens_of("a  >= 'bc'");
  ASSERT_EQ(tokens.size(), 4u);
  EXPECT_EQ(tokens[0].kind, TokenKind::kIdentifier);
  EXPECT_EQ(tokens[1].kind, TokenKind::kGreaterEqual);
  EXPECT_EQ(tokens[1].offset, 3u);
  EXPECT_EQ(tokens[2].kind, TokenKind::kString);
  EXPECT_EQ(tokens[2].offset, 6u);
  EXPECT_EQ(tokens[2].length, 4u);
}

TEST(Lexer, TellsNumbersApart) {
  EXPECT_EQ(tokens_of("12")[0].kind, TokenKind::kInt);
  EXPECT_EQ(tokens_of("12U")[0].kind, TokenKind::kUint);
  EXPECT_EQ(tokens_of("0xAFu")[0].kind, TokenKind::kUint);
  EXPECT_EQ(tokens_of("1.5e-3")[0].kind, TokenKind::kDouble);
  EXPECT_EQ(tokens_of(".5")[0].kind, TokenKind::kDouble);
  auto call = tokens_of("1.size");
  EXPECT_EQ(call[0].kind, TokenKind::kInt);
  EXPECT_EQ(call[1].kind, TokenKind::kDot);
}

TEST(Lexer, TakesPrefixesOfLiteralsNotOfNames) {
  EXPECT_EQ(tokens_of("rb'x'")[0].kind, TokenKind::kBytes);
  EXPECT_EQ(tokens_of("R\"x\"")[0].kind, TokenKind::kString);
  EXPECT_EQ(tokens_of("rr'x'")[0].kind, TokenKind::kIdentifier);
  EXPECT_EQ(tokens_of("b")[0].kind, TokenKind::kIdentifier);
}

TEST(Lexer, SkipsCommentsToTheEndOfTheirLine) {
  auto tokens = tokens_of("a // b + c\n+ // d");
  ASSERT_EQ(tokens.size(), 3u);
  EXPECT_EQ(tokens[1].kind, TokenKind::kPlus);
}

TEST(Lexer, KeepsReservedWordsApart) {
  EXPECT_EQ(tokens_of("while")[0].kind, TokenKind::kReserved);
  EXPECT_EQ(tokens_of("whiles")[0].kind, TokenKind::kIdentifier);
  EXPECT_EQ(tokens_of("in")[0].kind, TokenKind::kIn);
  EXPECT_EQ(tokens_of("`while`")[0].kind, TokenKind::kQuotedIdentifier);
}

TEST(Lexer, EndsStringsOnlyAtTheirOwnQuotes) {
  EXPECT_EQ(tokens_of(R"('a\'b')").size(), 2u);
  EXPECT_EQ(tokens_of(R"(r'a\' + b)")[0].length, 5u);
  EXPECT_EQ(tokens_of("'''a'b''c'''")[0].length, 12u);
  EXPECT_EQ(tokens_of("'a")[0].kind, TokenKind::kError);
  EXPECT_EQ(tokens_of("'''a''")[0].kind, TokenKind::kError);
  EXPECT_EQ(tokens_of("'a\\")[0].kind, TokenKind::kError);
}

}  // namespace
}  // namespace sapa::expression
