#include "tests/simulation/plan.h"

#include "tests/simulation/straight_run.h"

namespace sapa::simulation {

namespace {

/// Nothing fences a process there that wakes up after its partitions have gone to another: what it
/// then writes is lost work's. So nobody loses partitions while they live.
void make_at_least_once(Plan& plan) {
  plan.process.at_least_once = true;
  plan.clock = ClockMode::kEvent;
  plan.process.worker.shard = shard_options(plan.clock, 0);
  plan.process.worker.shard.state_may_be_ahead = true;
  plan.faults.pause = plan.faults.expel = plan.big_leaps_per_mille = 0;
  plan.reloads_per_mille = 0;
}

}  // namespace

Plan make_plan(Random& random) {
  Plan plan;
  auto sometimes = [&random](int64_t low, int64_t high) -> uint64_t {
    return random.one_in(2) ? static_cast<uint64_t>(random.between(low, high)) : 0;
  };
  plan.clock = random.one_in(2) ? ClockMode::kEvent : ClockMode::kWall;
  plan.partitions = static_cast<int>(random.between(1, 4));
  plan.processes = static_cast<int>(random.between(1, 3));
  plan.rocks = random.one_in(16);
  plan.records = random.between(40, 250);
  plan.appends_per_mille = static_cast<uint64_t>(random.between(50, 400));
  plan.compactions_per_mille = sometimes(1, 20);
  plan.big_leaps_per_mille = sometimes(1, 5);
  plan.process.workers = static_cast<int>(random.between(1, 2));
  plan.process.static_members = random.one_in(2);
  WorkerOptions& worker = plan.process.worker;
  worker.shard = shard_options(plan.clock, 0);
  worker.cache_bytes_per_worker = random.one_in(2) ? 1 : (random.one_in(2) ? 20'000 : 64 << 20);
  if (random.one_in(2)) {
    worker.shard.timers_in_memory = static_cast<size_t>(random.between(1, 10));
  }
  worker.epochs.output_interval_ms = random.between(1, 50);
  worker.epochs.state_interval_ms = random.between(1, 400);

  Faults& faults = plan.faults;
  faults.crash = sometimes(1, 12);
  faults.machine_crash = sometimes(100, 1000);
  faults.pause = sometimes(1, 8);
  faults.freeze = sometimes(200, 1000);
  faults.stop = sometimes(1, 5);
  faults.expel = sometimes(1, 8);
  faults.clock_jump = sometimes(1, 5);
  plan.process.clocks_come_back = faults.clock_jump > 0 && random.one_in(2);
  faults.commit_fails = sometimes(1, 60);
  faults.connect_fails = sometimes(10, 300);
  faults.restore_fails = sometimes(10, 200);
  faults.redelivery = sometimes(10, 300);
  faults.no_answer = sometimes(10, 500);
  faults.late_assignment = sometimes(100, 950);
  faults.disk = sometimes(1, 10);
  faults.wipe = sometimes(50, 400);
  faults.older_copy = sometimes(50, 400);
  faults.bit_flip = sometimes(50, 300);
  plan.reloads_per_mille = sometimes(2, 20);
  if (random.one_in(5)) make_at_least_once(plan);
  if (random.one_in(2)) {
    worker.shard.replayed_at_once = static_cast<size_t>(random.between(1, 2000));
  }
  return plan;
}

std::string describe(const Plan& plan) {
  const Faults& f = plan.faults;
  return fmt::format(
      "{}, {} clock, {} partitions, {} processes of {} workers, {} members, {} stores, {} records, "
      "cache {} bytes, {} timers in memory, {} bytes replayed at once; per mille: reload {}, crash "
      "{} (machine {}, wipe {}, "
      "older copy {}, bit "
      "flip {}), "
      "pause {} (freeze {}), stop {}, expel {}, clock jump {}{}, commit {}, connect {}, restore "
      "{}, redelivery "
      "{}, no answer {}, late assignment {}, disk {}",
      plan.process.at_least_once ? "at least once" : "exactly once",
      plan.clock == ClockMode::kEvent ? "event" : "wall", plan.partitions, plan.processes,
      plan.process.workers, plan.process.static_members ? "static" : "dynamic",
      plan.rocks ? "RocksDB" : "in-memory", plan.records,
      plan.process.worker.cache_bytes_per_worker, plan.process.worker.shard.timers_in_memory,
      plan.process.worker.shard.replayed_at_once, plan.reloads_per_mille, f.crash, f.machine_crash,
      f.wipe, f.older_copy, f.bit_flip, f.pause, f.freeze, f.stop, f.expel, f.clock_jump,
      plan.process.clocks_come_back ? " (put right)" : "", f.commit_fails, f.connect_fails,
      f.restore_fails, f.redelivery, f.no_answer, f.late_assignment, f.disk);
}

}  // namespace sapa::simulation
