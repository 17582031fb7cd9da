// A decision: the record of why a campaign did or did not become a trigger for a customer. Plain
// data, its text in the arena of the event or timer that caused it.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/time.h"

namespace sapa {

/// Every answer that policy can give; the names are a closed set, used as a metric's label and in
/// the decision's record.
enum class Reason : uint8_t {
  kSent,              ///< became a trigger
  kCampaignLimit,     ///< the campaign's own limit is used up
  kFrequencyCap,      ///< the workspace's cap over all campaigns is used up
  kExpired,           ///< would have come out later than the campaign's `expires` after its cause
  kNotInAudience,     ///< the campaign's `audience` does not hold for the customer
  kConditionFalse,    ///< a delayed campaign's condition no longer held when its time came
  kEvaluationError,   ///< a condition or text failed; `detail` says how
  kPaused,            ///< the campaign is switched off in the workspace
  kCampaignDisabled,  ///< an operator has killed the campaign
};

/// "sent", "campaign_limit", "frequency_cap", …
std::string_view reason_name(Reason reason);
inline constexpr int kReasonCount = 9;

struct Decision {
  std::string_view campaign;
  std::string_view campaign_version;
  std::string_view customer_id;
  std::string_view user_id, anonymous_id;
  Timestamp time;  ///< as of the trigger
  Reason reason = Reason::kSent;
  std::string_view detail;      ///< "3 of 3 in 24h", an error's text; may be empty
  std::string_view trigger_id;  ///< also of one that was suppressed: what it would have been
  std::string_view source_message_id;
};

}  // namespace sapa
