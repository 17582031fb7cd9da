#include "engine/customer/customer.h"

namespace sapa {

void Customer::clear() {
  anonymous = false;
  first_seen = last_seen = 0;
  events = 0;
  time_zone.clear();
  locale.clear();
  zone = {};
  traits.clear();
  for (MetricState& metric : metrics) metric.clear();
  seen.clear();
  sent.clear();
  suppressed.clear();
  patterns.clear();
  silences.clear();
  all_silences_watched = false;
  segments.clear();
  stage = 0;
  stage_since = 0;
  reached.clear();
  evaluated_at = 0;
  reevaluate_at = Timestamp::never().ms;
  due_when_opened.reset();
}

}  // namespace sapa
