#include "connectors/prometheus/metrics_page.h"

#include <iterator>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace sapa {

std::string metrics_page(const std::vector<std::shared_ptr<prometheus::Collectable>>& sources) {
  std::vector<prometheus::MetricFamily> families;
  for (const auto& source : sources) {
    auto collected = source->Collect();
    families.insert(families.end(), std::make_move_iterator(collected.begin()),
                    std::make_move_iterator(collected.end()));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace sapa
