// Which segments a customer is in and which stage of the lifecycle they have reached: kept up to
// date from events and from the passing of time alone. Changes the customer; tells the transitions.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/evaluation/evaluation.h"

namespace sapa {

struct Transition {
  bool is_stage = false;
  uint32_t index = 0;  ///< of the segment or the stage
  bool entered = false;
};

class Memberships {
 public:
  explicit Memberships(const Workspace& workspace);

  bool any() const { return !workspace_.segments.empty() || !workspace_.lifecycle.stages.empty(); }

  /// Evaluates these segments (in order) and, if asked, the lifecycle, as of `evaluation.now()`.
  void evaluate(Customer& customer, const Evaluation& evaluation,
                const std::vector<uint32_t>& segments, bool lifecycle,
                std::vector<Transition>& out) const;

  /// Everything: for a new customer, and when `reevaluate_at` has come.
  void evaluate_all(Customer& customer, const Evaluation& evaluation,
                    std::vector<Transition>& out) const;

 private:
  void evaluate_segment(Customer& customer, const Evaluation& evaluation, uint32_t index,
                        std::vector<Transition>& out) const;
  void evaluate_lifecycle(Customer& customer, const Evaluation& evaluation,
                          std::vector<Transition>& out) const;
  void plan_next(Customer& customer, const Evaluation& evaluation) const;

  const Workspace& workspace_;
  std::vector<uint32_t> all_segments_;
  std::vector<uint32_t>
      time_metrics_;  // those read by any segment or stage, with a window that moves
};

}  // namespace sapa
