// What happened in a run, a line each with the simulated time: printed with --trace, and always
// hashed, so that two runs of a seed can be compared.
#pragma once

#include <cstdio>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "engine/base/hash.h"

namespace sapa::simulation {

class Trace {
 public:
  explicit Trace(bool print) : print_(print) {}

  void set_time(int64_t now_ms) { now_ms_ = now_ms; }
  uint64_t hash() const { return hash_; }

  template <typename... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    text_.clear();
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    hash_ = hash64(text_) ^ (hash_ * 0x9e3779b97f4a7c15);
    if (print_) std::printf("%9.3f %s\n", static_cast<double>(now_ms_) / 1000, text_.c_str());
  }

 private:
  bool print_;
  int64_t now_ms_ = 0;
  uint64_t hash_ = 0;
  std::string text_;
};

}  // namespace sapa::simulation
