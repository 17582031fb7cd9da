// One epoch's transaction as a list of requests, performed one at a time, so that anything may
// happen between two of them. Each may fail: without effect, with its answer lost, or to arrive
// after its sender has given up.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/ports/log.h"
#include "tests/simulation/sim_connection.h"

namespace sapa::simulation {

class CommitSteps {
 public:
  /// Says so in `world` if the worker has no right to this commit.
  CommitSteps(Surroundings& world, SimConnection& connection, Epoch& epoch);

  /// True when it is over.
  bool step();
  const Status& outcome() const { return outcome_; }
  /// The sender has died: the request that was under way may still arrive.
  void die();

 private:
  using Request = std::function<Answer()>;
  void check_right(const Epoch& epoch);
  void plan(Epoch& epoch);
  void plan_state(ShardEpoch& part);
  void plan_at_least_once(Epoch& epoch);
  void fail(const std::string& why);

  Surroundings& world_;
  SimConnection& connection_;
  std::string producer_;
  int producer_epoch_;
  std::vector<Request> requests_;
  size_t next_ = 0;
  Status outcome_;
};

}  // namespace sapa::simulation
