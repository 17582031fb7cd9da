// The running engine: its workers, each on a thread of its own. Starts and stops them, and passes
// questions about customers on.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
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

  /// `failed`: called for the first worker that fails, on its thread, before the others are
  /// stopped: closing their connections may hang.
  void start(std::function<void(const Error&)> failed = {});
  /// From any thread, also from a signal's watcher: asks every worker to finish.
  void stop();
  /// Waits until every worker has ended; what `failed` was told, if anything. One worker's failure
  /// stops the others.
  Status wait();

  void find(std::string_view customer_id,
            std::function<void(Result<std::optional<std::string>>)> done) override;
  std::vector<std::string> obstacles() const override;

 private:
  void fail(const Error& error);

  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::function<void(const Error&)> failed_;
  std::mutex mutex_;
  std::optional<Error> failure_;  ///< protected by mutex_
};

}  // namespace sapa
