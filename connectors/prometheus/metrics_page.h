// What GET /metrics answers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <prometheus/collectable.h>

namespace sapa {

/// All figures of `sources` in Prometheus' text format.
std::string metrics_page(const std::vector<std::shared_ptr<prometheus::Collectable>>& sources);

}  // namespace sapa
