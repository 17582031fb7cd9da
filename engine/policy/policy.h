// May we send? The one place that decides it, and the only way out: killing, pausing, expiry,
// audience, the campaign's own limits, the workspace's frequency caps, in this order. Later rules
// (consent, quiet hours, holdout) have their place here.
#pragma once

#include <string_view>

#include "engine/decision/decision.h"
#include "engine/evaluation/evaluation.h"

namespace sapa {

struct Verdict {
  Reason reason = Reason::kSent;
  std::string_view detail;  ///< in the evaluation's arena
};

/// About `campaign` for the evaluation's customer, as of the cause's time (evaluation.now());
/// `clock` is the time at which the trigger would come out; `killed`: an operator has switched the
/// campaign off. kSent means: it may.
Verdict judge(const Campaign& campaign, const Evaluation& evaluation, Timestamp clock,
              bool killed = false);

/// How many entries of `sent` count against a limit as of `now`: those after the window's start,
/// later ones included, so that a late event can never push a window over its limit.
uint32_t count_sent(const Limit& limit, const MetricClock& at, const Customer& customer,
                    DefinitionId campaign);

/// Remembers a trigger as sent, and forgets what no limit or cap can need any more.
void remember_sent(const Workspace& workspace, const Campaign& campaign, Timestamp time,
                   Customer& customer);
void remember_suppressed(const Campaign& campaign, Timestamp time, Reason reason,
                         Customer& customer);

}  // namespace sapa
