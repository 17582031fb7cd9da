#include "engine/runtime/engine.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace sapa {
namespace {

/// Gathers the workers' answers about one customer: the first that knows them speaks for all.
class Gathering {
 public:
  using Done = std::function<void(Result<std::optional<std::string>>)>;
  Gathering(size_t workers, Done done) : waiting_(workers), done_(std::move(done)) {}

  void take(Result<std::optional<std::string>> answer) {
    Done done;
    {
      std::lock_guard lock(mutex_);
      --waiting_;
      bool knows = !answer || answer->has_value();
      if (!done_ || (!knows && waiting_ > 0)) return;
      done = std::exchange(done_, nullptr);
    }
    done(std::move(answer));
  }

 private:
  std::mutex mutex_;
  size_t waiting_;  // State below is protected by mutex_
  Done done_;
};

}  // namespace

Engine::Engine(WorkerOptions options, std::shared_ptr<const Workspace> workspace,
               std::vector<WorkerPorts> workers) {
  for (WorkerPorts& ports : workers) {
    workers_.push_back(std::make_unique<Worker>(options, workspace, std::move(ports)));
  }
}

Engine::~Engine() {
  stop();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Engine::start(std::function<void(const Error&)> failed) {
  failed_ = std::move(failed);
  for (auto& worker : workers_) {
    threads_.emplace_back([this, &worker] {
      if (Status outcome = worker->run(); !outcome) fail(outcome.error());
    });
  }
}

void Engine::fail(const Error& error) {
  {
    std::lock_guard lock(mutex_);
    if (failure_) return;
    failure_ = error;
  }
  if (failed_) failed_(error);
  stop();
}

void Engine::stop() {
  for (auto& worker : workers_) worker->stop();
}

Status Engine::wait() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  std::lock_guard lock(mutex_);
  return failure_ ? Status(*failure_) : Status();
}

void Engine::find(std::string_view customer_id,
                  std::function<void(Result<std::optional<std::string>>)> done) {
  auto gathering = std::make_shared<Gathering>(workers_.size(), std::move(done));
  for (auto& worker : workers_) {
    worker->describe_customer(std::string(customer_id),
                              [gathering](auto answer) { gathering->take(std::move(answer)); });
  }
}

std::vector<std::string> Engine::obstacles() const {
  std::vector<std::string> all;
  for (const auto& worker : workers_) {
    std::string text = worker->readiness();
    if (!text.empty() && std::find(all.begin(), all.end(), text) == all.end()) {
      all.push_back(std::move(text));
    }
  }
  return all;
}

}  // namespace sapa
