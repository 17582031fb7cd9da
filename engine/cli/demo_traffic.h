// Brings the simulated shop's events to the embedded log: its past as fast as the log takes it,
// then the present in fast motion, on a thread of its own.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <thread>

#include "connectors/embedded/embedded_log.h"
#include "engine/cli/demo_shop.h"

namespace sapa {

class DemoTraffic {
 public:
  struct Settings {
    Timestamp opens;
    std::optional<Timestamp> closes;  ///< none: goes on until stop()
    double speed = 180;               ///< the shop's seconds in a second
  };
  /// Both outlive it. `on_end` is called once, on the traffic's thread, when the last event is in
  /// the log or one was not taken.
  DemoTraffic(DemoShop& shop, EmbeddedLog& log, Settings settings, std::function<void()> on_end);
  ~DemoTraffic();

  /// Everything before the opening; blocks. The number of events.
  Result<uint64_t> bring_past();
  void start();
  void stop();

  /// After on_end or stop().
  Status outcome() const { return outcome_; }
  /// Since the opening.
  uint64_t events() const { return events_; }

 private:
  void run();
  Status bring_until(Timestamp end, uint64_t& count);

  DemoShop& shop_;
  EmbeddedLog& log_;
  Settings settings_;
  std::function<void()> on_end_;
  Status outcome_;
  std::atomic<uint64_t> events_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace sapa
