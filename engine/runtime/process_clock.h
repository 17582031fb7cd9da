// The process's clock: reads the machine's clocks, keeps to what of them is to be believed
// (trusted_clock.h), and says in the log and in a metric when that differs from the wall clock.
// Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>

#include "engine/ports/wall_clock.h"
#include "engine/runtime/trusted_clock.h"
#include "engine/telemetry/telemetry.h"

namespace sapa {

class ProcessClock final : public WallClock {
 public:
  struct Sources {
    std::function<Timestamp()> wall = system_wall;
    /// Counts on while the machine sleeps, and is never set.
    std::function<Duration()> counting = system_counting;
  };
  explicit ProcessClock(Telemetry& telemetry) : ProcessClock(telemetry, Sources{}) {}
  ProcessClock(Telemetry& telemetry, Sources sources);

  Timestamp now() override;
  bool wants_witnesses() const override { return in_doubt_.load(std::memory_order_relaxed); }
  void witness(Timestamp stamp) override;

  static Timestamp system_wall();
  static Duration system_counting();

 private:
  TrustedClock::Reading reading() const;
  void note(TrustedClock::Change change);

  Telemetry& telemetry_;
  const Sources sources_;
  std::atomic<bool> in_doubt_{false};
  std::mutex mutex_;
  TrustedClock clock_;  // protected by mutex_
};

}  // namespace sapa
