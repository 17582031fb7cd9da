#include "engine/expression/regex.h"

#include <re2/re2.h>

namespace sapa::expression {
namespace {

constexpr int64_t kMaxProgramBytes = 1 << 20;

re2::RE2::Options options() {
  re2::RE2::Options result;
  result.set_log_errors(false);
  result.set_max_mem(kMaxProgramBytes);
  return result;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct Regex::Compiled {
  explicit Compiled(std::string_view pattern) : re(piece(pattern), options()) {}
  re2::RE2 re;
};

Regex::Regex(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Regex::~Regex() = default;

std::unique_ptr<const Regex> Regex::compile(std::string_view pattern, std::string& why) {
  if (pattern.size() > 64 * 1024) {
    why = "the pattern is too long";
    return nullptr;
  }
  auto compiled = std::make_unique<Compiled>(pattern);
  if (!compiled->re.ok()) {
    why = compiled->re.error();
    return nullptr;
  }
  return std::unique_ptr<const Regex>(new Regex(std::move(compiled)));
}

Value Regex::search(EvalContext& context, const Value& text) const {
  if (!context.charge(text.size / 16)) return context.limit_error();
  return Value::of_bool(re2::RE2::PartialMatch(piece(text.as_string()), compiled_->re));
}

}  // namespace sapa::expression
