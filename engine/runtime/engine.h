// The running engine: its workers, each on a thread of its own. Starts and stops them, and passes
// questions about customers on.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/ports/customer_lookup.h"
#include "engine/ports/readiness.h"
#include "engine/runtime/worker.h"

namespace sapa {

class Engine final : public CustomerLookup, public Readiness {
 public:
  /// One set of ports a worker; they outlive the engine.
  Engine(WorkerOptions options, std::shared_ptr<const Workspace> workspace,
         std::vector<WorkerPorts> workers);
  ~Engine() override;

  void start();
  /// From any thread, also from a signal's watcher: asks every worker to finish.
  void stop();
  /// Waits until every worker has ended; the first failure, if any. One worker's failure stops the
  /// others.
  Status wait();

  void find(std::string_view customer_id,
            std::function<void(Result<std::optional<std::string>>)> done) override;
  std::vector<std::string> obstacles() const override;

 private:
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::vector<Status> outcomes_;
};

}  // namespace sapa
