// The binary operators as tokens, and how tightly they bind.
#pragma once

#include "engine/expression/ast.h"
#include "engine/expression/lexer.h"

namespace sapa::expression {

struct BinaryOperator {
  Operator op = Operator::kNone;
  int precedence = 0;  ///< higher binds tighter; 1 and 2 are the logical ones
};

inline BinaryOperator binary_operator(TokenKind kind) {
  switch (kind) {
    case TokenKind::kOr:
      return {Operator::kOr, 1};
    case TokenKind::kAnd:
      return {Operator::kAnd, 2};
    case TokenKind::kLess:
      return {Operator::kLess, 3};
    case TokenKind::kLessEqual:
      return {Operator::kLessEqual, 3};
    case TokenKind::kGreater:
      return {Operator::kGreater, 3};
    case TokenKind::kGreaterEqual:
      return {Operator::kGreaterEqual, 3};
    case TokenKind::kEqual:
      return {Operator::kEqual, 3};
    case TokenKind::kNotEqual:
      return {Operator::kNotEqual, 3};
    case TokenKind::kIn:
      return {Operator::kIn, 3};
    case TokenKind::kPlus:
      return {Operator::kAdd, 4};
    case TokenKind::kMinus:
      return {Operator::kSubtract, 4};
    case TokenKind::kStar:
      return {Operator::kMultiply, 5};
    case TokenKind::kSlash:
      return {Operator::kDivide, 5};
    case TokenKind::kPercent:
      return {Operator::kModulo, 5};
    default:
      return {};
  }
}

}  // namespace sapa::expression
