// The worker's Opener: each job is a fiber that the world lets go on when the seed says so.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <stop_token>

#include "engine/runtime/opener.h"
#include "tests/simulation/fiber.h"

namespace sapa::simulation {

class SimOpener final : public Opener {
 public:
  explicit SimOpener(std::function<void()> gone) : gone_(std::move(gone)) {}
  ~SimOpener() override {
    cancel();
    gone_();
  }

  void open(int32_t partition, Job job) override;
  std::optional<Opened> poll() override;
  void cancel() override;

  size_t under_way() const;
  /// Precondition: index < under_way().
  void step(size_t index);

 private:
  struct Task {
    int32_t partition;
    std::stop_source stop;
    std::optional<Result<std::unique_ptr<Shard>>> shard;
    std::unique_ptr<Fiber> fiber;
  };
  std::function<void()> gone_;
  std::list<Task> tasks_;
};

}  // namespace sapa::simulation
