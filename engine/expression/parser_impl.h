// The parser's working state; parser.cc has operators and members, parser_primary.cc literals,
// lists, maps, messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/utf8.h"
#include "engine/expression/ast.h"
#include "engine/expression/expression.h"
#include "engine/expression/lexer.h"

namespace sapa::expression {

class Parser {
 public:
  Parser(std::string_view source, const Limits& limits, Ast& ast, Diagnostics& diagnostics)
      : source_(source), limits_(limits), lexer_(source), ast_(ast), diagnostics_(diagnostics) {}

  Expr* parse() {
    advance();
    Expr* root = expression();
    if (root && token_.kind != TokenKind::kEnd) return unexpected();
    return root;
  }

 private:
  Expr* expression();
  Expr* binary(int min_precedence);
  Expr* logical_chain(Operator op, int precedence, Expr* first);
  Expr* balanced(Operator op, const std::vector<Expr*>& terms, const std::vector<Token>& operators,
                 size_t first, size_t last);
  Expr* unary();
  Expr* member();
  Expr* select_or_call(Expr* operand);
  Expr* index(Expr* operand);
  Expr* primary();
  Expr* identifier_or_call();
  Expr* list();
  Expr* map();
  Expr* message(Expr* type);
  Expr* number();
  Expr* quoted(bool is_bytes);
  Expr* constant(Value value);
  bool arguments(TokenKind close, bool optional_entries, bool trailing_comma,
                 std::vector<Expr*>& out);
  Expr* finish_call(Expr* call);

  Expr* make_operator(Operator op, const Token& at, std::initializer_list<Expr*> args);
  Expr* checked(Expr* node);
  bool qualified_name(const Expr* e, std::string& out) const;

  void advance() {
    last_end_ = token_.offset + token_.length;
    token_ = lexer_.next();
  }
  bool at(TokenKind kind) const { return token_.kind == kind; }
  bool accept(TokenKind kind) {
    if (token_.kind != kind) return false;
    advance();
    return true;
  }
  bool expect(TokenKind kind, const char* what) {
    if (accept(kind)) return true;
    fail_expecting(what);
    return false;
  }
  Expr* fail(uint32_t offset, uint32_t length, std::string message, std::string suggestion = {}) {
    if (diagnostics_.empty()) {
      diagnostics_.push_back({offset, length, std::move(message), std::move(suggestion)});
    }
    return nullptr;
  }
  Expr* fail_expecting(const char* what) {
    if (at(TokenKind::kError)) return fail(token_.offset, token_.length, lexer_.error());
    std::string found =
        at(TokenKind::kEnd) ? "the end of the expression" : "'" + std::string(shown_token()) + "'";
    return fail(token_.offset, token_.length, std::string("expected ") + what + ", found " + found);
  }
  Expr* unexpected() {
    if (at(TokenKind::kError)) return fail(token_.offset, token_.length, lexer_.error());
    if (at(TokenKind::kEnd)) return fail(token_.offset, 0, "unexpected end of the expression");
    if (at(TokenKind::kReserved)) {
      return fail(token_.offset, token_.length,
                  "'" + std::string(token_.text) + "' is a reserved word");
    }
    return fail(token_.offset, token_.length, "unexpected '" + std::string(shown_token()) + "'");
  }
  std::string_view shown_token() const {
    std::string_view text = source_.substr(token_.offset, token_.length);
    while (text.size() > 40) text.remove_suffix(text.size() - 40);
    while (!text.empty() && !is_valid_utf8(text)) text.remove_suffix(1);
    return text;
  }
  Expr* too_deep() {
    return fail(
        token_.offset, token_.length,
        "the expression nests deeper than " + std::to_string(limits_.max_depth) + " levels");
  }

  std::string_view source_;
  const Limits& limits_;
  Lexer lexer_;
  Ast& ast_;
  Diagnostics& diagnostics_;
  Token token_;
  uint32_t last_end_ = 0;
  uint32_t nesting_ = 0;
  static constexpr uint32_t kNoSign = 0xFFFFFFFF;
  uint32_t number_sign_ = kNoSign;  ///< offset of the '-' that belongs to the number to come
};

}  // namespace sapa::expression
