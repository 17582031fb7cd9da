#include "tests/simulation/process.h"

#include <cstdlib>
#include <utility>

namespace sapa::simulation {

/// The disk's stores, each looked at by the judge when it is opened.
class Process::CheckedStores final : public StoreFactory {
 public:
  explicit CheckedStores(Process& process) : process_(process) {}
  Result<std::unique_ptr<CustomerStore>> open(int32_t partition) override {
    if (!process_.alive_) return environment_error("the process is dead");
    auto store = process_.disk_->stores().open(partition);
    if (!store) {
      process_.world_.trace.line("{}: store of partition {} can't be opened", process_.label_,
                                 partition);
      return store;
    }
    process_.world_.trace.line("{}: store of partition {} is open at position {}", process_.label_,
                               partition, (*store)->changelog_position());
    process_.judge_.check_store(partition, **store, process_.label_);
    return store;
  }

 private:
  Process& process_;
};

Process::Process(int number, const ProcessPlan& plan, Surroundings& world, Judge& judge,
                 Telemetry& telemetry, std::unique_ptr<Disk> disk)
    : plan_(plan),
      world_(world),
      judge_(judge),
      telemetry_(telemetry),
      disk_(std::move(disk)),
      stores_(std::make_unique<CheckedStores>(*this)),
      label_("p" + std::to_string(number)) {}

Process::~Process() {
  if (alive_) kill(Loss::kProcess);
}

void Process::pause_until(int64_t ms, bool frozen) {
  paused_until_ms_ = ms;
  if (frozen && frozen_since_ms_ < 0) frozen_since_ms_ = world_.now_ms;
}

void Process::shift_clock(Duration by, int64_t until_ms) {
  if (plan_.clocks_come_back) {
    // Never twice running in the same direction, so that two wrong times are not taken for one.
    clock_offset_.ms = clock_offset_.ms > 0 ? -std::abs(by.ms) : std::abs(by.ms);
    clock_wrong_until_ms_ = until_ms;
  } else {
    clock_offset_.ms += by.ms;
  }
}

void Process::tick() {
  if (!plan_.clocks_come_back || world_.now_ms < clock_wrong_until_ms_) return;
  clock_offset_.ms = 0;
}

int64_t Process::counting_ms() {
  if (frozen_since_ms_ >= 0 && !paused()) {
    frozen_ms_ += world_.now_ms - frozen_since_ms_;
    frozen_since_ms_ = -1;
  }
  return (frozen_since_ms_ >= 0 ? frozen_since_ms_ : world_.now_ms) - frozen_ms_;
}

void Process::reload(int variant) {
  world_.trace.line("{}: reloads its workspace, variant {}", label_, variant);
  variant_ = variant;
  live_->replace(workspace_for(plan_.worker.shard.clock, variant));
}

void Process::kill_campaigns(KilledCampaigns names) {
  world_.trace.line("{}: {} campaigns are killed", label_, names.size());
  killed_ = std::move(names);
  live_->set_killed(killed_);
}

TrustedClock::Reading Process::clocks() {
  return {kBeginning + milliseconds(world_.now_ms) + clock_offset_, milliseconds(counting_ms())};
}

/// A history's times say nothing of today.
void Process::witness(Timestamp stamp) {
  if (plan_.worker.shard.clock == ClockMode::kWall) (void)clock_.witness(stamp, clocks());
}

Timestamp Process::wall() {
  (void)clock_.read(clocks());
  const Duration wrong = clock_.now() - (kBeginning + milliseconds(world_.now_ms));
  // Who was frozen may be behind for a while; ahead nobody ever is.
  const bool too_late = frozen_ms_ == 0 && wrong.ms < -TrustedClock::kBelievedAtOnce.ms;
  if (plan_.clocks_come_back && (wrong > TrustedClock::kBelievedAtOnce || too_late)) {
    world_.violate(label_ + " believes in a time that is wrong by " + std::to_string(wrong.ms) +
                   " ms");
  }
  return clock_.now();
}

void Process::start() {
  world_.trace.line("{}: starts", label_);
  if (plan_.clocks_come_back) clock_offset_.ms = 0;
  clock_ = TrustedClock();
  (void)clock_.read(clocks());
  live_ = std::make_unique<LiveWorkspace>(workspace_for(plan_.worker.shard.clock, variant_));
  live_->set_killed(killed_);
  alive_ = true;
  stopping_ = false;
  for (int number = 0; number < plan_.workers; ++number) {
    slots_.push_back(std::make_unique<Slot>());
    slots_.back()->number = number;
    start_worker(*slots_.back());
  }
}

WorkerPorts Process::ports_of(Slot& slot) {
  auto connect = [this, &slot]() -> Result<std::unique_ptr<Connection>> {
    if (!alive_) return environment_error("the process is dead");
    if (world_.random.permille(world_.faults.connect_fails)) {
      return environment_error("the log can't be reached");
    }
    Host host;
    host.name = label_ + "-" + std::to_string(slot.number);
    if (plan_.static_members) host.instance = host.name;
    host.at_least_once = plan_.at_least_once;
    host.wall = [this] { return wall(); };
    host.rules = [&slot] { return slot.worker->rules(); };
    host.witness = [this](Timestamp stamp) { witness(stamp); };
    host.alive = [this] { return alive_; };
    host.gone = [&slot] { slot.connection = nullptr; };
    auto connection = std::make_unique<SimConnection>(world_, std::move(host));
    slot.connection = connection.get();
    return std::unique_ptr<Connection>(std::move(connection));
  };
  WorkerPorts ports{connect, *stores_, telemetry_, [this] { return wall(); }};
  ports.steady_seconds = [this] { return static_cast<double>(counting_ms()) / 1000; };
  ports.make_committer = [this, &slot](Connection&) {
    auto committer = std::make_unique<SimCommitter>(world_, *slot.connection,
                                                    [&slot] { slot.committer = nullptr; });
    slot.committer = committer.get();
    return std::unique_ptr<Committer>(std::move(committer));
  };
  ports.make_opener = [&slot](Connection&) {
    auto opener = std::make_unique<SimOpener>([&slot] { slot.opener = nullptr; });
    slot.opener = opener.get();
    return std::unique_ptr<Opener>(std::move(opener));
  };
  ports.pause = [](Duration) { Fiber::stand_still(); };
  ports.live = live_.get();
  return ports;
}

void Process::start_worker(Slot& slot) {
  slot.worker = std::make_unique<Worker>(plan_.worker, live_->current().workspace, ports_of(slot));
  slot.fiber = std::make_unique<Fiber>([this, &slot] { work(slot); });
}

void Process::work(Slot& slot) {
  while (alive_) {
    const bool goes_on = slot.worker->turn();
    if (alive_ && slot.connection != nullptr) {
      const uint64_t version = slot.worker->rules().version;
      if (std::exchange(slot.rules_told, version) != version) slot.connection->told_rules();
      for (int32_t partition : slot.connection->reading()) {
        slot.connection->told_timers(partition, wall());
      }
    }
    if (!goes_on) {
      slot.ended = true;
      return;
    }
    Fiber::stand_still();
  }
}

void Process::collect(std::vector<std::function<void()>>& actions) {
  for (auto& slot : slots_) {
    Slot& s = *slot;
    if (!s.fiber->done()) {
      // Turns are what most time goes into.
      for (int i = 0; i < 2; ++i) actions.push_back([&s] { s.fiber->resume(); });
    }
    if (s.committer != nullptr && s.committer->under_way()) {
      for (int i = 0; i < 3; ++i) actions.push_back([&s] { s.committer->step(); });
    }
    if (s.opener != nullptr) {
      for (size_t i = 0; i < s.opener->under_way(); ++i) {
        actions.push_back([&s, i] { s.opener->step(i); });
      }
    }
  }
}

void Process::heartbeat() {
  for (auto& slot : slots_) {
    if (slot->connection != nullptr) slot->connection->heartbeat();
  }
}

void Process::destroy_workers() {
  for (auto& slot : slots_) {
    while (!slot->fiber->done()) slot->fiber->resume();
    slot->worker.reset();
  }
  slots_.clear();
}

void Process::kill(Loss loss) {
  world_.trace.line("{}: {} dies", label_, name(loss));
  alive_ = false;
  pause_until(0);
  disk_->freeze();
  destroy_workers();
  disk_->come_back(loss);
}

void Process::ask_to_stop() {
  world_.trace.line("{}: is asked to stop", label_);
  stopping_ = true;
  for (auto& slot : slots_) slot->worker->stop();
}

bool Process::has_ended() {
  if (!alive_) return true;
  for (auto& slot : slots_) {
    if (!slot->ended || slot->worker->outcome() || stopping_) continue;
    // One worker's failure ends the process.
    const std::string why = slot->worker->outcome().error().message;
    world_.trace.line("{}: ends", label_);
    kill(Loss::kProcess);
    if (!disk_->remove_damaged()) world_.violate(label_ + " ends: " + why);
    return true;
  }
  for (auto& slot : slots_) {
    if (!slot->ended) return false;
  }
  world_.trace.line("{}: has stopped", label_);
  alive_ = false;
  destroy_workers();
  return true;
}

}  // namespace sapa::simulation
