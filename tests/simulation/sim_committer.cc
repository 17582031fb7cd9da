#include "tests/simulation/sim_committer.h"

#include "tests/simulation/fiber.h"

namespace sapa::simulation {

SimCommitter::~SimCommitter() {
  if (busy()) (void)wait();
  gone_();
}

void SimCommitter::submit(std::unique_ptr<Epoch> epoch) {
  if (busy()) world_.violate("two epochs are committed at once");
  epoch_ = std::move(epoch);
  over_ = false;
  steps_ = std::make_unique<CommitSteps>(world_, connection_, *epoch_);
}

void SimCommitter::step() { over_ = steps_->step(); }

Committer::Done SimCommitter::take() {
  Done done{std::move(epoch_), steps_->outcome(), 0.01};
  steps_.reset();
  return done;
}

std::optional<Committer::Done> SimCommitter::poll() {
  if (!busy() || !over_) return std::nullopt;
  return take();
}

Committer::Done SimCommitter::wait() {
  while (!over_) {
    if (!connection_.host().alive()) {
      steps_->die();
      steps_.reset();
      return {std::move(epoch_), environment_error("the process is dead"), 0};
    }
    if (!Fiber::stand_still()) step();
  }
  return take();
}

}  // namespace sapa::simulation
