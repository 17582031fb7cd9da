// Text to tokens, one at a time. The source must be valid UTF-8 and outlive the lexer.
// Numbers and strings are only delimited here; engine/expression/literal.h gives their values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sapa::expression {

enum class TokenKind : uint8_t {
  kEnd,
  kError,  ///< see Lexer::error()
  kIdentifier,
  kQuotedIdentifier,  ///< `name` in backquotes; the text is without them
  kReserved,          ///< an identifier that may only stand as a selector
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kTrue,
  kFalse,
  kNull,
  kIn,
  kLeftParen,
  kRightParen,
  kLeftBracket,
  kRightBracket,
  kLeftBrace,
  kRightBrace,
  kDot,
  kComma,
  kColon,
  kQuestion,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kNot,
  kAnd,
  kOr,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t offset = 0;
  uint32_t length = 0;    ///< of the source, quotes and prefixes included
  std::string_view text;  ///< of an identifier: its name; else the source
};

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  Token next();
  /// Why the last token was a kError.
  const std::string& error() const { return error_; }

 private:
  Token make(TokenKind kind, size_t end);
  Token fail(size_t offset, size_t length, std::string why);
  void skip_space_and_comments();
  Token number();
  Token word();
  Token quoted(size_t quote_at, bool raw, TokenKind kind);
  Token quoted_identifier();
  Token symbol();

  std::string_view source_;
  size_t at_ = 0;
  std::string error_;
};

}  // namespace sapa::expression
