#include "engine/expression/lexer.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "engine/base/utf8.h"

namespace sapa::expression {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

constexpr std::string_view kReservedWords[] = {
    "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
    "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};

TokenKind kind_of_word(std::string_view word) {
  if (word == "in") return TokenKind::kIn;
  if (word == "true") return TokenKind::kTrue;
  if (word == "false") return TokenKind::kFalse;
  if (word == "null") return TokenKind::kNull;
  bool reserved = std::find(std::begin(kReservedWords), std::end(kReservedWords), word) !=
                  std::end(kReservedWords);
  return reserved ? TokenKind::kReserved : TokenKind::kIdentifier;
}

}  // namespace

Token Lexer::make(TokenKind kind, size_t end) {
  Token token{kind, static_cast<uint32_t>(at_), static_cast<uint32_t>(end - at_),
              source_.substr(at_, end - at_)};
  at_ = end;
  return token;
}

Token Lexer::fail(size_t offset, size_t length, std::string why) {
  error_ = std::move(why);
  length = std::min(length, source_.size() - std::min(offset, source_.size()));
  return {TokenKind::kError, static_cast<uint32_t>(offset), static_cast<uint32_t>(length), {}};
}

void Lexer::skip_space_and_comments() {
  while (at_ < source_.size()) {
    char c = source_[at_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
      ++at_;
    } else if (c == '/' && at_ + 1 < source_.size() && source_[at_ + 1] == '/') {
      size_t newline = source_.find('\n', at_);
      at_ = newline == std::string_view::npos ? source_.size() : newline + 1;
    } else {
      return;
    }
  }
}

Token Lexer::next() {
  skip_space_and_comments();
  if (at_ >= source_.size()) return make(TokenKind::kEnd, at_);
  char c = source_[at_];
  char following = at_ + 1 < source_.size() ? source_[at_ + 1] : '\0';
  if (is_letter(c)) return word();
  if (is_digit(c) || (c == '.' && is_digit(following))) return number();
  if (c == '"' || c == '\'') return quoted(at_, false, TokenKind::kString);
  if (c == '`') return quoted_identifier();
  return symbol();
}

Token Lexer::number() {
  auto peek = [&](size_t i) { return i < source_.size() ? source_[i] : '\0'; };
  size_t end = at_;
  bool is_float = false;
  if (peek(end) == '0' && (peek(end + 1) == 'x' || peek(end + 1) == 'X') && is_hex(peek(end + 2))) {
    end += 2;
    while (is_hex(peek(end))) ++end;
  } else {
    while (is_digit(peek(end))) ++end;
    if (peek(end) == '.' && is_digit(peek(end + 1))) {
      is_float = true;
      ++end;
      while (is_digit(peek(end))) ++end;
    }
    if (peek(end) == 'e' || peek(end) == 'E') {
      size_t digits = end + 1;
      if (peek(digits) == '+' || peek(digits) == '-') ++digits;
      if (is_digit(peek(digits))) {
        is_float = true;
        while (is_digit(peek(digits))) ++digits;
        end = digits;
      }
    }
  }
  if (is_float) return make(TokenKind::kDouble, end);
  if (peek(end) == 'u' || peek(end) == 'U') return make(TokenKind::kUint, end + 1);
  return make(TokenKind::kInt, end);
}

Token Lexer::word() {
  size_t end = at_;
  while (end < source_.size() && (is_letter(source_[end]) || is_digit(source_[end]))) ++end;
  // r"…", b'…', rb"…", in any case, are literals.
  if (end < source_.size() && (source_[end] == '"' || source_[end] == '\'') && end - at_ <= 2) {
    bool raw = false, bytes = false, prefix = true;
    for (size_t i = at_; i < end; ++i) {
      char c = static_cast<char>(source_[i] | 0x20);
      if (c == 'r' && !raw) {
        raw = true;
      } else if (c == 'b' && !bytes) {
        bytes = true;
      } else {
        prefix = false;
      }
    }
    if (prefix) return quoted(end, raw, bytes ? TokenKind::kBytes : TokenKind::kString);
  }
  return make(kind_of_word(source_.substr(at_, end - at_)), end);
}

Token Lexer::quoted(size_t quote_at, bool raw, TokenKind kind) {
  char quote = source_[quote_at];
  bool triple = source_.substr(quote_at, 3) == std::string(3, quote);
  size_t i = quote_at + (triple ? 3 : 1);
  while (i < source_.size()) {
    char c = source_[i];
    if (c == '\\' && !raw) {
      i += 2;
    } else if (c == quote && !triple) {
      return make(kind, i + 1);
    } else if (c == quote && source_.substr(i, 3) == std::string(3, quote)) {
      return make(kind, i + 3);
    } else if (!triple && (c == '\n' || c == '\r')) {
      break;
    } else {
      ++i;
    }
  }
  return fail(at_, i - at_, "unterminated string literal");
}

Token Lexer::quoted_identifier() {
  size_t end = at_ + 1;
  auto allowed = [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '/' || c == ' ';
  };
  while (end < source_.size() && allowed(source_[end])) ++end;
  if (end >= source_.size() || source_[end] != '`' || end == at_ + 1) {
    return fail(at_, end - at_ + 1,
                "a name in backquotes consists of letters, digits, '_', '.', '-', '/' and spaces");
  }
  Token token = make(TokenKind::kQuotedIdentifier, end + 1);
  token.text = token.text.substr(1, token.text.size() - 2);
  return token;
}

Token Lexer::symbol() {
  using enum TokenKind;
  char c = source_[at_];
  char following = at_ + 1 < source_.size() ? source_[at_ + 1] : '\0';
  switch (c) {
    case '(':
      return make(kLeftParen, at_ + 1);
    case ')':
      return make(kRightParen, at_ + 1);
    case '[':
      return make(kLeftBracket, at_ + 1);
    case ']':
      return make(kRightBracket, at_ + 1);
    case '{':
      return make(kLeftBrace, at_ + 1);
    case '}':
      return make(kRightBrace, at_ + 1);
    case '.':
      return make(kDot, at_ + 1);
    case ',':
      return make(kComma, at_ + 1);
    case ':':
      return make(kColon, at_ + 1);
    case '?':
      return make(kQuestion, at_ + 1);
    case '+':
      return make(kPlus, at_ + 1);
    case '-':
      return make(kMinus, at_ + 1);
    case '*':
      return make(kStar, at_ + 1);
    case '/':
      return make(kSlash, at_ + 1);
    case '%':
      return make(kPercent, at_ + 1);
    case '!':
      return following == '=' ? make(kNotEqual, at_ + 2) : make(kNot, at_ + 1);
    case '<':
      return following == '=' ? make(kLessEqual, at_ + 2) : make(kLess, at_ + 1);
    case '>':
      return following == '=' ? make(kGreaterEqual, at_ + 2) : make(kGreater, at_ + 1);
    case '=':
      if (following == '=') return make(kEqual, at_ + 2);
      return fail(at_, 1, "'=' is not an operator; equality is '=='");
    case '&':
      if (following == '&') return make(kAnd, at_ + 2);
      return fail(at_, 1, "'&' is not an operator; the logical and is '&&'");
    case '|':
      if (following == '|') return make(kOr, at_ + 2);
      return fail(at_, 1, "'|' is not an operator; the logical or is '||'");
    default:
      break;
  }
  size_t length = std::max<size_t>(1, utf8_sequence_length(source_.substr(at_)));
  bool printable = static_cast<unsigned char>(c) > 0x20 && c != 0x7F;
  return fail(at_, length,
              printable ? "unexpected character '" + std::string(source_.substr(at_, length)) + "'"
                        : "unexpected control character");
}

}  // namespace sapa::expression
