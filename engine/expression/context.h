// What one evaluation may use: memory from the arena and steps, both limited. Every operation whose
// cost depends on data takes from here first, so that no expression can stall its thread or fill
// its memory.
#pragma once

#include <initializer_list>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/base/value.h"

namespace sapa::expression {

class EvalContext {
 public:
  EvalContext(Arena& arena, size_t max_bytes, uint64_t max_steps)
      : arena_(arena), end_bytes_(arena.bytes_used() + max_bytes), steps_left_(max_steps) {}
  EvalContext(const EvalContext&) = delete;
  EvalContext& operator=(const EvalContext&) = delete;

  /// False if a limit is hit; from then on the whole evaluation fails.
  bool charge(uint64_t steps) {
    if (steps <= steps_left_) [[likely]] {
      steps_left_ -= steps;
      return true;
    }
    steps_left_ = 0;
    exhausted_ = true;
    return false;
  }

  /// Null if the memory limit is hit.
  void* allocate(size_t bytes, size_t alignment);
  template <typename T>
  T* array(size_t count) {
    if (count > SIZE_MAX / sizeof(T)) return nullptr;
    return static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
  }

  /// A copy in the arena as a string value, or the limit's error.
  Value string(std::string_view text) { return copy(text, false); }
  Value bytes(std::string_view text) { return copy(text, true); }
  Value optional_of(const Value& inner);

  /// An error value; the text is the parts joined. Short, and made even when memory has run out.
  Value error(std::initializer_list<std::string_view> parts);
  Value limit_error() const;

  bool exhausted() const { return exhausted_; }
  uint64_t steps_left() const { return steps_left_; }
  /// How many bytes may still be allocated.
  size_t bytes_left() const;

 private:
  Value copy(std::string_view text, bool as_bytes);

  Arena& arena_;
  size_t end_bytes_;
  uint64_t steps_left_;
  bool exhausted_ = false;
  bool out_of_memory_ = false;
};

}  // namespace sapa::expression
