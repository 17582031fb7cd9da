// The worker's Committer, whose steps the world takes: between two requests of a commit anything
// else may happen.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "engine/runtime/committer.h"
#include "tests/simulation/commit_steps.h"

namespace sapa::simulation {

class SimCommitter final : public Committer {
 public:
  SimCommitter(Surroundings& world, SimConnection& connection, std::function<void()> gone)
      : world_(world), connection_(connection), gone_(std::move(gone)) {}
  ~SimCommitter() override;

  bool busy() const override { return epoch_ != nullptr; }
  void submit(std::unique_ptr<Epoch> epoch) override;
  std::optional<Done> poll() override;
  /// Stands still until the world has taken all steps.
  Done wait() override;

  bool under_way() const { return busy() && !over_; }
  /// Precondition: under_way().
  void step();

 private:
  Done take();

  Surroundings& world_;
  SimConnection& connection_;
  std::function<void()> gone_;
  std::unique_ptr<Epoch> epoch_;
  std::unique_ptr<CommitSteps> steps_;
  bool over_ = false;
};

}  // namespace sapa::simulation
