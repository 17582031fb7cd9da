// A line that shows how far long work has come, written over as it goes. Only on a terminal;
// elsewhere it is silent.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace sapa {

class Progress {
 public:
  /// `total`: bytes or records; 0 if unknown. Writes to the error output.
  Progress(std::string what, uint64_t total);
  ~Progress();

  /// Draws at most every 150 ms; call it once in some thousand events.
  void update(uint64_t done, uint64_t events);
  void clear();

 private:
  std::string what_;
  uint64_t total_;
  bool visible_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace sapa
