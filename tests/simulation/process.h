// One process of the engine in the simulated world: its disk, its wall clock, and its workers, each
// on a fiber. It can be killed at any step, stand still, and be asked to stop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/worker.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/fiber.h"
#include "tests/simulation/judge.h"
#include "tests/simulation/sim_committer.h"
#include "tests/simulation/sim_connection.h"
#include "tests/simulation/sim_opener.h"

namespace sapa::simulation {

/// What a run's processes have in common.
struct ProcessPlan {
  WorkerOptions worker;
  int workers = 1;
  bool static_members = true;
};

class Process {
 public:
  Process(int number, const ProcessPlan& plan, Surroundings& world, Judge& judge,
          Telemetry& telemetry, std::unique_ptr<Disk> disk);
  ~Process();

  void start();
  void kill(Loss loss);
  void ask_to_stop();
  void pause_until(int64_t ms) { paused_until_ms_ = ms; }
  void shift_clock(Duration by) { clock_offset_.ms += by.ms; }
  /// Something bad has become of a folder; what the workers say of it is no fault of theirs.
  bool has_ended();

  bool alive() const { return alive_; }
  bool paused() const { return world_.now_ms < paused_until_ms_; }
  bool runs() const { return alive_ && !paused(); }
  bool stopping() const { return stopping_; }
  Timestamp wall() const;
  const std::string& label() const { return label_; }
  Disk& disk() { return *disk_; }

  /// What may go on: adds to `actions`. Only while it runs.
  void collect(std::vector<std::function<void()>>& actions);
  void heartbeat();

 private:
  class CheckedStores;
  struct Slot {
    int number = 0;
    std::unique_ptr<Worker> worker;
    std::unique_ptr<Fiber> fiber;
    SimConnection* connection = nullptr;
    SimCommitter* committer = nullptr;
    SimOpener* opener = nullptr;
    bool ended = false;
  };
  void start_worker(Slot& slot);
  void work(Slot& slot);
  WorkerPorts ports_of(Slot& slot);
  void destroy_workers();

  ProcessPlan plan_;
  Surroundings& world_;
  Judge& judge_;
  Telemetry& telemetry_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<CheckedStores> stores_;
  std::string label_;
  bool alive_ = false;
  bool stopping_ = false;
  int64_t paused_until_ms_ = 0;
  Duration clock_offset_{0};
  std::vector<std::unique_ptr<Slot>> slots_;
};

/// The simulated time's beginning on the wall clock.
inline constexpr Timestamp kBeginning{1'772'409'600'000};

}  // namespace sapa::simulation
