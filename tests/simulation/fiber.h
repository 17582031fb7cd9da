// A function that can stand still in the middle and go on later, all on one thread: so the engine's
// blocking calls wait while the rest of the simulated world goes on, in an order that the seed
// chooses.
#pragma once

#include <functional>
#include <memory>

namespace sapa::simulation {

class Fiber {
 public:
  explicit Fiber(std::function<void()> work);
  /// Precondition: done().
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Goes on until the work stands still or is done. From outside, or from another fiber.
  void resume();
  bool done() const;

  /// Whoever runs stands still here until resumed. False, at once, outside of any fiber.
  static bool stand_still();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sapa::simulation
