// Literals, lists, maps and messages.
#include "engine/expression/literal.h"
#include "engine/expression/parser_impl.h"

namespace sapa::expression {

Expr* Parser::primary() {
  switch (token_.kind) {
    case TokenKind::kIdentifier:
    case TokenKind::kDot:
      return identifier_or_call();
    case TokenKind::kInt:
    case TokenKind::kUint:
    case TokenKind::kDouble:
      return number();
    case TokenKind::kString:
      return quoted(false);
    case TokenKind::kBytes:
      return quoted(true);
    case TokenKind::kTrue:
      return constant(Value::of_bool(true));
    case TokenKind::kFalse:
      return constant(Value::of_bool(false));
    case TokenKind::kNull:
      return constant(Value::null());
    case TokenKind::kLeftBracket:
      return list();
    case TokenKind::kLeftBrace:
      return map();
    case TokenKind::kLeftParen: {
      uint32_t begin = token_.offset;
      advance();
      Expr* inner = expression();
      if (!inner || !expect(TokenKind::kRightParen, "')'")) return nullptr;
      inner->begin = begin;
      inner->end = last_end_;
      if (inner->kind == ExprKind::kIdent || inner->kind == ExprKind::kSelect) {
        inner->parenthesized = true;
      }
      return inner;
    }
    default:
      return unexpected();
  }
}

Expr* Parser::list() {
  Expr* node = ast_.add(ExprKind::kList);
  node->offset = node->begin = token_.offset;
  node->length = 1;
  advance();
  std::vector<Expr*> elements;
  if (!arguments(TokenKind::kRightBracket, true, true, elements)) return nullptr;
  ast_.set_args(node, elements);
  node->end = last_end_;
  return checked(node);
}

Expr* Parser::map() {
  Expr* node = ast_.add(ExprKind::kMap);
  node->offset = node->begin = token_.offset;
  node->length = 1;
  advance();
  std::vector<Expr*> entries;
  while (!at(TokenKind::kRightBrace)) {
    bool optional = accept(TokenKind::kQuestion);
    Expr* key = expression();
    if (!key || !expect(TokenKind::kColon, "':' after the key")) return nullptr;
    Expr* value = expression();
    if (!value) return nullptr;
    key->optional_entry = optional;
    entries.push_back(key);
    entries.push_back(value);
    if (!at(TokenKind::kRightBrace) && !accept(TokenKind::kComma)) {
      return fail_expecting("',' or '}'");
    }
  }
  advance();
  ast_.set_args(node, entries);
  node->end = last_end_;
  return checked(node);
}

Expr* Parser::message(Expr* type) {
  Expr* node = ast_.add(ExprKind::kMessage);
  node->name = type->name;
  node->offset = node->begin = type->begin;
  node->length = last_end_ - type->begin;
  advance();
  std::vector<Expr*> fields;
  while (!at(TokenKind::kRightBrace)) {
    bool optional = accept(TokenKind::kQuestion);
    if (!at(TokenKind::kIdentifier) && !at(TokenKind::kReserved) &&
        !at(TokenKind::kQuotedIdentifier)) {
      return fail_expecting("the name of a field");
    }
    Expr* field = ast_.add(ExprKind::kConstant);
    field->value = Value::of_string(token_.text);
    field->offset = field->begin = token_.offset;
    field->length = token_.length;
    field->optional_entry = optional;
    advance();
    field->end = last_end_;
    if (!expect(TokenKind::kColon, "':' after the field")) return nullptr;
    Expr* value = expression();
    if (!value) return nullptr;
    fields.push_back(field);
    fields.push_back(value);
    if (!at(TokenKind::kRightBrace) && !accept(TokenKind::kComma)) {
      return fail_expecting("',' or '}'");
    }
  }
  advance();
  ast_.set_args(node, fields);
  node->end = last_end_;
  return checked(node);
}

Expr* Parser::constant(Value value) {
  Expr* node = ast_.add(ExprKind::kConstant);
  node->value = value;
  node->offset = node->begin = token_.offset;
  node->length = token_.length;
  advance();
  node->end = last_end_;
  return node;
}

Expr* Parser::number() {
  bool negative = number_sign_ != kNoSign;
  uint32_t begin = negative ? number_sign_ : token_.offset;
  number_sign_ = kNoSign;
  LiteralResult result = at(TokenKind::kInt)    ? parse_int_literal(token_.text, negative)
                         : at(TokenKind::kUint) ? parse_uint_literal(token_.text)
                                                : parse_double_literal(token_.text, negative);
  if (!result.error.empty()) return fail(token_.offset, token_.length, result.error);
  Expr* node = constant(result.value);
  node->begin = begin;
  node->length += node->offset - begin;
  node->offset = begin;
  return node;
}

Expr* Parser::quoted(bool is_bytes) {
  LiteralResult result = parse_quoted_literal(token_.text, is_bytes, ast_.arena);
  if (!result.error.empty()) {
    return fail(token_.offset + result.error_offset, result.error_length, result.error);
  }
  return constant(result.value);
}

}  // namespace sapa::expression
