#include "engine/cli/progress.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace sapa {
namespace {

constexpr std::chrono::milliseconds kRedraw{150};
constexpr int kWidth = 30;

}  // namespace

Progress::Progress(std::string what, uint64_t total)
    : what_(std::move(what)),
      total_(total),
      visible_(isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()) {}

Progress::~Progress() { clear(); }

void Progress::update(uint64_t done, uint64_t events) {
  if (!visible_) return;
  auto now = std::chrono::steady_clock::now();
  if (now - last_ < kRedraw) return;
  last_ = now;
  drawn_ = true;
  double seconds = std::chrono::duration<double>(now - start_).count();
  double rate = seconds > 0 ? static_cast<double>(events) / seconds : 0;
  if (total_ == 0) {
    fmt::print(stderr, "\r\x1b[K{} {:L} events, {:.0f}/s", what_, events, rate);
  } else {
    double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
    int filled = static_cast<int>(share * kWidth);
    fmt::print(stderr, "\r\x1b[K{} [{}{}] {:3.0f} %  {} events, {:.0f}/s", what_,
               std::string(static_cast<size_t>(filled), '#'),
               std::string(static_cast<size_t>(kWidth - filled), '.'), share * 100, events, rate);
  }
  std::fflush(stderr);
}

void Progress::clear() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
  drawn_ = false;
}

}  // namespace sapa
