#include "engine/expression/context.h"

#include <string>

#include "engine/base/utf8.h"

namespace sapa::expression {

size_t EvalContext::bytes_left() const {
  size_t used = arena_.bytes_used();
  return used >= end_bytes_ ? 0 : end_bytes_ - used;
}

void* EvalContext::allocate(size_t bytes, size_t alignment) {
  if (bytes > bytes_left()) {
    exhausted_ = out_of_memory_ = true;
    return nullptr;
  }
  // A null pointer means failure to the callers, so nothing gets a real address too.
  return arena_.allocate(bytes == 0 ? 1 : bytes, alignment);
}

Value EvalContext::copy(std::string_view text, bool as_bytes) {
  char* to = static_cast<char*>(allocate(text.size(), 1));
  if (!to) return limit_error();
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  std::string_view copied(to, text.size());
  return as_bytes ? Value::of_bytes(copied) : Value::of_string(copied);
}

Value EvalContext::optional_of(const Value& inner) {
  auto* place = array<Value>(1);
  if (!place) return limit_error();
  *place = inner;
  return Value::of_optional(place);
}

Value EvalContext::error(std::initializer_list<std::string_view> parts) {
  constexpr size_t kLongestPart = 200;
  std::string text;
  for (std::string_view part : parts) {
    text += utf8_prefix(part, kLongestPart);
    if (part.size() > kLongestPart) text += "…";
  }
  return Value::of_error(arena_.copy(text));
}

Value EvalContext::limit_error() const {
  return Value::of_error(out_of_memory_ ? "the expression exceeds its memory limit"
                                        : "the expression exceeds its step limit");
}

}  // namespace sapa::expression
