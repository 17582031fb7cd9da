// One process of the engine in the simulated world: its disk, its wall clock, and its workers, each
// on a fiber. It can be killed at any step, stand still, and be asked to stop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/trusted_clock.h"
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
  bool at_least_once = false;
  /// Wrong wall clocks are put right again within kExcursion, and before a process starts: nobody
  /// may ever believe in them.
  bool clocks_come_back = false;
};

/// Shorter than what a wrong clock must hold to be believed.
inline constexpr Duration kExcursion = seconds(50);

class Process {
 public:
  Process(int number, const ProcessPlan& plan, Surroundings& world, Judge& judge,
          Telemetry& telemetry, std::unique_ptr<Disk> disk);
  ~Process();

  void start();
  void kill(Loss loss);
  void ask_to_stop();
  /// `frozen`: with the whole machine, whose counting clock stands still.
  void pause_until(int64_t ms, bool frozen = false);
  /// The wall clock is set; with clocks_come_back it is put right again at `until_ms`.
  void shift_clock(Duration by, int64_t until_ms);
  /// Another workspace lies in its folder, and it is told; or campaigns are killed.
  void reload(int variant);
  void kill_campaigns(KilledCampaigns names);
  /// True time has gone on.
  void tick();
  /// Something bad has become of a folder; what the workers say of it is no fault of theirs.
  bool has_ended();

  bool alive() const { return alive_; }
  bool paused() const { return world_.now_ms < paused_until_ms_; }
  bool runs() const { return alive_ && !paused(); }
  bool stopping() const { return stopping_; }
  /// What the process believes the time to be.
  Timestamp wall();
  /// A record that was just read is stamped with this time.
  void witness(Timestamp stamp);
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
    uint64_t rules_told = 0;  ///< to its connection: their version
  };
  void start_worker(Slot& slot);
  void work(Slot& slot);
  WorkerPorts ports_of(Slot& slot);
  void destroy_workers();
  TrustedClock::Reading clocks();
  int64_t counting_ms();

  ProcessPlan plan_;
  Surroundings& world_;
  Judge& judge_;
  Telemetry& telemetry_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<CheckedStores> stores_;
  int variant_ = 0;
  KilledCampaigns killed_;
  std::unique_ptr<LiveWorkspace> live_;
  std::string label_;
  bool alive_ = false;
  bool stopping_ = false;
  int64_t paused_until_ms_ = 0;
  TrustedClock clock_;  ///< of this life
  Duration clock_offset_{0};
  int64_t clock_wrong_until_ms_ = -1;
  int64_t frozen_ms_ = 0;         ///< what the counting clock has not counted
  int64_t frozen_since_ms_ = -1;  ///< -1: it is not frozen now
  std::vector<std::unique_ptr<Slot>> slots_;
};

/// The simulated time's beginning on the wall clock.
inline constexpr Timestamp kBeginning{1'772'409'600'000};

}  // namespace sapa::simulation
