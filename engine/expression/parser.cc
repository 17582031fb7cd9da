#include "engine/expression/parser.h"

#include <algorithm>

#include "engine/base/utf8.h"
#include "engine/expression/macros.h"
#include "engine/expression/parser_impl.h"
#include "engine/expression/precedence.h"

namespace sapa::expression {

/// Chains such as a+b+c… nest to the left without nesting in the source; later stages walk them
/// recursively.
Expr* Parser::checked(Expr* node) {
  uint32_t limit = std::min<uint32_t>(limits_.max_depth * 4, 2048);
  if (node && node->depth > limit) {
    return fail(node->offset, node->length,
                "the expression has more than " + std::to_string(limit) + " operations in a row");
  }
  return node;
}

Expr* Parser::make_operator(Operator op, const Token& at, std::initializer_list<Expr*> args) {
  Expr* node = ast_.add(ExprKind::kCall);
  node->op = op;
  node->offset = at.offset;
  node->length = at.length;
  ast_.set_args(node, args.begin(), static_cast<uint32_t>(args.size()));
  node->begin = std::min((*args.begin())->begin, at.offset);
  node->end = std::max((*(args.end() - 1))->end, last_end_);
  return checked(node);
}

Expr* Parser::expression() {
  if (++nesting_ > limits_.max_depth) return too_deep();
  Expr* result = binary(1);
  if (result && at(TokenKind::kQuestion)) {
    Token question = token_;
    advance();
    Expr* then = binary(1);
    if (!then || !expect(TokenKind::kColon, "':' of the conditional")) return nullptr;
    Expr* otherwise = expression();
    if (!otherwise) return nullptr;
    result = make_operator(Operator::kConditional, question, {result, then, otherwise});
  }
  --nesting_;
  return result;
}

Expr* Parser::binary(int min_precedence) {
  Expr* left = unary();
  while (left) {
    BinaryOperator found = binary_operator(token_.kind);
    if (found.op == Operator::kNone || found.precedence < min_precedence) return left;
    if (found.precedence <= 2) {
      left = logical_chain(found.op, found.precedence, left);
      continue;
    }
    Token at = token_;
    advance();
    Expr* right = binary(found.precedence + 1);
    if (!right) return nullptr;
    left = make_operator(found.op, at, {left, right});
  }
  return left;
}

/// a && b && c … as a balanced tree, so that long conditions stay shallow.
Expr* Parser::logical_chain(Operator op, int precedence, Expr* first) {
  std::vector<Expr*> terms{first};
  std::vector<Token> operators;
  while (binary_operator(token_.kind).op == op) {
    operators.push_back(token_);
    advance();
    Expr* term = binary(precedence + 1);
    if (!term) return nullptr;
    terms.push_back(term);
  }
  return balanced(op, terms, operators, 0, terms.size() - 1);
}

Expr* Parser::balanced(Operator op, const std::vector<Expr*>& terms,
                       const std::vector<Token>& operators, size_t first, size_t last) {
  if (first == last) return terms[first];
  size_t middle = first + (last - first) / 2;
  Expr* left = balanced(op, terms, operators, first, middle);
  Expr* right = balanced(op, terms, operators, middle + 1, last);
  if (!left || !right) return nullptr;
  Expr* node = make_operator(op, operators[middle], {left, right});
  if (node) node->end = right->end;
  return node;
}

/// Any even number of signs is two of them: no deeper, and operands of a wrong type still fail.
Expr* Parser::unary() {
  bool is_not = at(TokenKind::kNot);
  if (!is_not && !at(TokenKind::kMinus)) return member();
  TokenKind sign = token_.kind;
  Token first = token_;
  Token last = token_;
  size_t count = 0;
  for (; at(sign); ++count) {
    last = token_;
    advance();
  }
  // The sign next to a number belongs to it, so that the least int has a literal.
  if (!is_not && (at(TokenKind::kInt) || at(TokenKind::kDouble))) {
    number_sign_ = last.offset;
    --count;
  }
  Expr* operand = member();
  if (!operand || count == 0) return operand;
  Operator op = is_not ? Operator::kNot : Operator::kNegate;
  if (count % 2 == 0) operand = make_operator(op, first, {operand});
  return operand ? make_operator(op, first, {operand}) : nullptr;
}

Expr* Parser::member() {
  Expr* result = primary();
  while (result) {
    if (at(TokenKind::kDot)) {
      result = select_or_call(result);
    } else if (at(TokenKind::kLeftBracket)) {
      result = index(result);
    } else if (std::string name; at(TokenKind::kLeftBrace) && qualified_name(result, name)) {
      result->name = ast_.arena.copy(name);
      result = message(result);
    } else {
      return result;
    }
  }
  return nullptr;
}

Expr* Parser::select_or_call(Expr* operand) {
  advance();
  bool optional = accept(TokenKind::kQuestion);
  Token name = token_;
  bool quoted_name = at(TokenKind::kQuotedIdentifier);
  if (!at(TokenKind::kIdentifier) && !at(TokenKind::kReserved) && !quoted_name) {
    return fail_expecting("the name of a member");
  }
  advance();
  if (at(TokenKind::kLeftParen) && !optional && !quoted_name) {
    Expr* call = ast_.add(ExprKind::kCall);
    call->member = true;
    call->name = name.text;
    call->offset = name.offset;
    call->length = name.length;
    call->begin = operand->begin;
    advance();
    std::vector<Expr*> args{operand};
    if (!arguments(TokenKind::kRightParen, false, false, args)) return nullptr;
    call->end = last_end_;
    ast_.set_args(call, args);
    return finish_call(call);
  }
  Expr* node = ast_.add(ExprKind::kSelect);
  node->name = name.text;
  node->optional = optional;
  node->offset = name.offset;
  node->length = name.length;
  node->begin = operand->begin;
  node->end = last_end_;
  ast_.set_args(node, &operand, 1);
  return checked(node);
}

Expr* Parser::index(Expr* operand) {
  Token bracket = token_;
  advance();
  bool optional = accept(TokenKind::kQuestion);
  Expr* key = expression();
  if (!key || !expect(TokenKind::kRightBracket, "']'")) return nullptr;
  Expr* node = make_operator(Operator::kIndex, bracket, {operand, key});
  if (!node) return nullptr;
  node->optional = optional;
  node->end = last_end_;
  return node;
}

bool Parser::qualified_name(const Expr* e, std::string& out) const {
  if (e->kind == ExprKind::kIdent) {
    out = (e->leading_dot ? "." : "") + std::string(e->name);
    return true;
  }
  if (e->kind != ExprKind::kSelect || e->optional || e->has) return false;
  if (!qualified_name(e->args[0], out)) return false;
  out += '.';
  out += e->name;
  return true;
}

Expr* Parser::finish_call(Expr* call) {
  if (!checked(call)) return nullptr;
  MacroResult result = expand_macro(call, ast_);
  if (!result.expr) {
    const Expr* where = result.where;
    return fail(where->begin, where->end - where->begin, result.error);
  }
  return checked(result.expr);
}

/// Comma-separated expressions up to and including `close`.
bool Parser::arguments(TokenKind close, bool optional_entries, bool trailing_comma,
                       std::vector<Expr*>& out) {
  while (!at(close)) {
    bool optional = optional_entries && accept(TokenKind::kQuestion);
    Expr* argument = expression();
    if (!argument) return false;
    argument->optional_entry = optional;
    out.push_back(argument);
    if (at(close)) break;
    if (!accept(TokenKind::kComma)) {
      fail_expecting(close == TokenKind::kRightParen ? "',' or ')'" : "',' or ']'");
      return false;
    }
    if (at(close) && !trailing_comma) {
      unexpected();
      return false;
    }
  }
  advance();
  return true;
}

Expr* Parser::identifier_or_call() {
  uint32_t begin = token_.offset;
  bool leading_dot = accept(TokenKind::kDot);
  if (!at(TokenKind::kIdentifier)) return leading_dot ? fail_expecting("a name") : unexpected();
  Token name = token_;
  advance();
  Expr* node = ast_.add(at(TokenKind::kLeftParen) ? ExprKind::kCall : ExprKind::kIdent);
  node->name = name.text;
  node->leading_dot = leading_dot;
  node->offset = name.offset;
  node->length = name.length;
  node->begin = begin;
  if (node->kind == ExprKind::kCall) {
    advance();
    std::vector<Expr*> args;
    if (!arguments(TokenKind::kRightParen, false, false, args)) return nullptr;
    ast_.set_args(node, args);
  }
  node->end = last_end_;
  return node->kind == ExprKind::kCall ? finish_call(node) : node;
}

Ast parse(std::string_view source, const Limits& limits, Diagnostics& diagnostics) {
  Ast ast;
  Diagnostics found;
  if (source.size() > limits.max_source_bytes) {
    found.push_back(
        {0,
         0,
         "the expression is longer than " + std::to_string(limits.max_source_bytes) + " bytes",
         {}});
  } else if (!is_valid_utf8(source)) {
    found.push_back({0, 0, "the expression is not valid UTF-8", {}});
  } else {
    ast.root = Parser(source, limits, ast, found).parse();
  }
  diagnostics.insert(diagnostics.end(), found.begin(), found.end());
  return ast;
}

}  // namespace sapa::expression
