// A compiled regular expression (RE2: linear time, no backtracking). Immutable; shared between
// threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/base/value.h"
#include "engine/expression/context.h"

namespace sapa::expression {

class Regex {
 public:
  /// Null on failure, and `why` says what is wrong with the pattern.
  static std::unique_ptr<const Regex> compile(std::string_view pattern, std::string& why);
  ~Regex();

  /// Whether it matches anywhere in the text; a bool or an error.
  Value search(EvalContext& context, const Value& text) const;

 private:
  struct Compiled;
  explicit Regex(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace sapa::expression
