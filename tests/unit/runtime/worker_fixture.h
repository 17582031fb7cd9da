// A worker on a thread of its own over a log that fails when told to.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <prometheus/registry.h>

#include "engine/runtime/worker.h"
#include "tests/unit/runtime/fake_log.h"
#include "tests/unit/runtime/fixture.h"

namespace sapa {

using Lines = std::vector<std::string>;

/// Stores that survive the worker's shards, and lag behind what is committed as they like.
class LastingStores final : public StoreFactory {
 public:
  Result<std::unique_ptr<CustomerStore>> open(int32_t) override {
    return std::unique_ptr<CustomerStore>(std::make_unique<LentStore>(store_));
  }

 private:
  MemoryStore store_;
};

class WorkerFixture : public testing::Test {
 protected:
  explicit WorkerFixture(const std::string& workspace) : workspace_(workspace_of(workspace)) {
    log_.set_wall(at_second(0));
    options_.epochs.output_interval_ms = 1;
    options_.epochs.state_interval_ms = 60'000;
    options_.epochs.behind_interval_ms = 60'000;
    options_.shard.output.decisions = false;
  }
  ~WorkerFixture() override {
    if (running_.valid()) (void)stop();
  }

  void start() {
    WorkerPorts ports{[this]() -> Result<std::unique_ptr<Connection>> {
                        return std::unique_ptr<Connection>(std::make_unique<FakeConnection>(log_));
                      },
                      stores_, telemetry_, [this] { return log_.wall(); }};
    ports.live = live_.get();
    worker_ = std::make_unique<Worker>(options_, workspace_, ports);
    running_ = std::async(std::launch::async, [this] { return worker_->run(); });
  }
  Status stop() {
    log_.may_commit = true;
    worker_->stop();
    return running_.get();
  }
  void order(int n, const std::string& user = "u1") {
    log_.append(track(user, "Order Completed", at_second(n), "m" + std::to_string(n)),
                at_second(n));
  }
  template <typename Condition>
  bool soon(Condition condition) {
    auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < until) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }
  FakeLog log_;
  std::shared_ptr<const Workspace> workspace_;
  std::unique_ptr<LiveWorkspace> live_;  ///< where the workspace changes, if it does
  prometheus::Registry registry_;
  Telemetry telemetry_{registry_};
  LastingStores stores_;
  WorkerOptions options_;
  std::unique_ptr<Worker> worker_;
  std::future<Status> running_;
};

}  // namespace sapa
