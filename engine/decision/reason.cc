#include "engine/decision/decision.h"

namespace sapa {

std::string_view reason_name(Reason reason) {
  switch (reason) {
    case Reason::kSent:
      return "sent";
    case Reason::kCampaignLimit:
      return "campaign_limit";
    case Reason::kFrequencyCap:
      return "frequency_cap";
    case Reason::kExpired:
      return "expired";
    case Reason::kNotInAudience:
      return "not_in_audience";
    case Reason::kConditionFalse:
      return "condition_false";
    case Reason::kEvaluationError:
      return "evaluation_error";
    case Reason::kPaused:
      return "paused";
    case Reason::kCampaignDisabled:
      return "campaign_disabled";
  }
  return "unknown";
}

}  // namespace sapa
