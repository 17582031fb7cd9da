#include "tests/simulation/world.h"

#include <functional>

#include <prometheus/registry.h>

#include "tests/simulation/plan.h"

namespace sapa::simulation {
namespace {

constexpr uint64_t kMostSteps = 60'000;
constexpr int64_t kTransactionTimeoutMs = 60'000;

/// Shared by all runs: nothing in it has an influence on what an engine does.
Telemetry& telemetry() {
  static prometheus::Registry registry;
  static Telemetry all(registry);
  return all;
}

class World {
 public:
  explicit World(const RunOptions& options)
      : random_(options.seed),
        trace_(options.print),
        plan_(make_plan(random_)),
        log_(plan_.partitions, trace_),
        around_{random_, trace_, log_, plan_.faults, 0, {}, {}},
        workload_(random_, plan_.clock, plan_.partitions),
        judge_(around_,
               {.mode = plan_.clock,
                .clocks_are_true = plan_.faults.clock_jump == 0 || plan_.process.clocks_come_back,
                .at_least_once = plan_.process.at_least_once,
                .reloads = plan_.reloads_per_mille > 0}) {
    if (options.stores != Stores::kAsTheSeedSays) plan_.rocks = options.stores == Stores::kRocks;
    trace_.line("seed {}: {}", options.seed, describe(plan_));
    log_.on_committed = [this](const Transaction& transaction) {
      judge_.on_committed(transaction);
    };
    log_.on_plain_output = [this](int32_t partition, const std::string& output) {
      judge_.on_plain_output(partition, output);
    };
    log_.on_plain_offset = [this](int32_t partition, int64_t offset) {
      judge_.on_plain_offset(partition, offset);
    };
    if (plan_.process.at_least_once) log_.group().rebalance_ms = INT64_MAX;
    for (int number = 0; number < plan_.processes; ++number) {
      auto disk = plan_.rocks ? make_rocks_disk(around_, number) : make_disk_in_memory(around_);
      processes_.push_back(std::make_unique<Process>(number, plan_.process, around_, judge_,
                                                     telemetry(), std::move(disk)));
      starts_at_ms_.push_back(0);
    }
  }

  Outcome run() {
    while (records_ < plan_.records && goes_on()) step();
    calm();
    finish();
    outcome_.violation = around_.violation;
    outcome_.trace_hash = trace_.hash();
    outcome_.records = static_cast<uint64_t>(records_);
    outcome_.epochs = judge_.epochs();
    outcome_.triggers = judge_.triggers();
    return outcome_;
  }

 private:
  bool goes_on() {
    if (outcome_.steps < kMostSteps) return around_.violation.empty();
    around_.violate("nothing comes to an end any more");
    return false;
  }

  void step() {
    ++outcome_.steps;
    advance();
    broker();
    for (size_t i = 0; i < processes_.size(); ++i) tend(i);
    if (raging_) rage();
    std::vector<std::function<void()>>& actions = actions_;
    actions.clear();
    for (auto& process : processes_) {
      if (process->runs()) process->collect(actions);
    }
    if (!actions.empty()) actions[random_.below(actions.size())]();
  }

  void advance() {
    int64_t ms = random_.between(0, 12);
    if (random_.one_in(50)) ms = random_.between(0, 1'500);
    if (raging_ && random_.permille(plan_.big_leaps_per_mille)) ms = random_.between(0, 70'000);
    around_.now_ms += ms;
    trace_.set_time(around_.now_ms);
    for (auto& process : processes_) {
      process->tick();
      if (process->runs()) process->heartbeat();
    }
  }

  void broker() {
    log_.group().tick(around_.now_ms, random_);
    if (records_ < plan_.records && random_.permille(plan_.appends_per_mille)) append();
    if (log_.has_markers() && random_.one_in(3)) log_.write_marker(random_.next());
    if (!around_.late_requests.empty() && random_.one_in(20)) late_request();
    if (outcome_.steps % 16 == 0) log_.abort_older_than(around_.now_ms - kTransactionTimeoutMs);
    if (random_.one_in(10)) {
      processes_[random_.below(processes_.size())]->disk().background();
    }
    if (random_.permille(plan_.compactions_per_mille)) {
      log_.compact(static_cast<int32_t>(random_.below(static_cast<uint64_t>(plan_.partitions))),
                   random_.between(0, 30));
    }
  }

  void append() {
    ++records_;
    Workload::Made made = workload_.next(kBeginning + milliseconds(around_.now_ms));
    const int64_t offset = log_.end(made.partition);
    trace_.line("log: partition {} offset {}: {}", made.partition, offset,
                made.entry.marker ? "(a marker)" : made.entry.value);
    log_.append(made.partition, made.entry);
    judge_.on_appended(made, offset);
  }

  void late_request() {
    LateRequest request = around_.late_requests.front();
    around_.late_requests.erase(around_.late_requests.begin());
    Answer answer = log_.end_transaction(request.producer, request.epoch, request.commit);
    trace_.line("log: a late commit of {} arrives: {}", request.producer, name(answer));
  }

  /// Starts a process that is down and due.
  void tend(size_t i) {
    Process& process = *processes_[i];
    if (!process.alive()) {
      if (around_.now_ms >= starts_at_ms_[i]) process.start();
      return;
    }
    if (process.runs() && process.has_ended()) {
      starts_at_ms_[i] = around_.now_ms + random_.between(0, raging_ ? 3'000 : 100);
    }
  }

  Loss choose_loss() {
    if (!random_.permille(around_.faults.machine_crash)) {
      return random_.permille(around_.faults.bit_flip) ? Loss::kBitFlip : Loss::kProcess;
    }
    if (random_.permille(around_.faults.wipe)) return Loss::kWiped;
    if (random_.permille(around_.faults.older_copy)) return Loss::kOlderCopy;
    return Loss::kMachine;
  }

  void rage() {
    const size_t i = random_.below(processes_.size());
    Process& process = *processes_[i];
    const Faults& faults = around_.faults;
    if (!process.alive()) return;
    if (random_.one_in(100)) process.disk().copy();
    if (random_.permille(plan_.reloads_per_mille)) reload(process);
    if (random_.permille(faults.crash)) {
      process.kill(choose_loss());
      starts_at_ms_[i] = around_.now_ms + random_.between(0, random_.one_in(2) ? 500 : 20'000);
      ++outcome_.kills;
    } else if (random_.permille(faults.pause)) {
      int64_t ms = random_.one_in(2) ? random_.between(0, 2'000) : random_.between(0, 40'000);
      trace_.line("{}: stands still for {} ms", process.label(), ms);
      process.pause_until(around_.now_ms + ms, random_.permille(faults.freeze));
    } else if (!process.stopping() && random_.permille(faults.stop)) {
      process.ask_to_stop();
    } else if (random_.permille(faults.clock_jump)) {
      const int64_t ms = random_.between(6'000, 3'600'000) * (random_.one_in(2) ? 1 : -1);
      const int64_t until = around_.now_ms + random_.between(0, kExcursion.ms);
      process.shift_clock(milliseconds(ms), until);
      trace_.line("{}: its clock jumps by {} ms", process.label(), ms);
    } else if (random_.permille(faults.expel)) {
      auto members = log_.group().members();
      if (!members.empty()) log_.group().expel(members[random_.below(members.size())]);
    }
  }

  void reload(Process& process) {
    if (random_.one_in(3)) {
      static const char* const kCampaigns[] = {"cart", "silent", "interest", "chain"};
      KilledCampaigns killed;
      for (const char* name : kCampaigns) {
        if (random_.one_in(3)) killed.insert(name);
      }
      process.kill_campaigns(std::move(killed));
    } else {
      process.reload(static_cast<int>(random_.below(kWorkspaceVariants)));
    }
  }

  /// No more faults, and everybody is there.
  void calm() {
    trace_.line("the faults end");
    raging_ = false;
    around_.faults = Faults{};
    for (auto& process : processes_) process->pause_until(0);
    while (records_ < plan_.records) append();
  }

  bool all_committed() const {
    for (int32_t partition = 0; partition < log_.partitions(); ++partition) {
      if (log_.committed_offset(partition) != log_.end(partition)) return false;
    }
    return true;
  }

  void finish() {
    while (goes_on() && !all_committed()) step();
    // Time goes on, and with it the timers.
    for (int round = 0; round < 8 && plan_.clock == ClockMode::kWall && goes_on(); ++round) {
      around_.now_ms += 9'000;
      for (int i = 0; i < 60 && goes_on(); ++i) step();
    }
    while (goes_on() && !stopped()) step();
    log_.write_all_markers();
    if (around_.violation.empty()) judge_.check_end();
    if (around_.violation.empty()) check_disks();
  }

  /// Asks everybody to stop, and says whether they have.
  bool stopped() {
    bool all = true;
    for (size_t i = 0; i < processes_.size(); ++i) {
      Process& process = *processes_[i];
      if (!process.alive()) continue;
      all = false;
      starts_at_ms_[i] = INT64_MAX;
      if (!process.stopping()) process.ask_to_stop();
    }
    return all;
  }

  void check_disks() {
    for (auto& process : processes_) {
      for (int32_t partition = 0; partition < log_.partitions(); ++partition) {
        auto store = process->disk().stores().open(partition);
        if (store) judge_.check_store(partition, **store, process->label() + " at the end");
      }
    }
  }

  Random random_;
  Trace trace_;
  Plan plan_;
  SimLog log_;
  Surroundings around_;
  Workload workload_;
  Judge judge_;
  bool raging_ = true;
  int64_t records_ = 0;
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<int64_t> starts_at_ms_;
  std::vector<std::function<void()>> actions_;
  Outcome outcome_;
};

}  // namespace

Outcome run_seed(const RunOptions& options) { return World(options).run(); }

}  // namespace sapa::simulation
