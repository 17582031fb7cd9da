// Figures that are computed when Prometheus asks: sizes, lags, memory. For what is counted as it
// happens, prometheus::Registry is the place.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

namespace sapa {

class CallbackMetrics final : public prometheus::Collectable {
 public:
  using Labels = std::map<std::string, std::string>;
  struct Sample {
    Labels labels;
    double value = 0;
  };

  /// `read` is called at each scrape, on the scraping thread, until this object is gone or clear()
  /// was called.
  void add_gauge(std::string name, std::string help, std::function<double()> read);
  void add_gauges(std::string name, std::string help, std::function<std::vector<Sample>()> read);
  /// For a number that only rises.
  void add_counter(std::string name, std::string help, std::function<double()> read);
  void add_counters(std::string name, std::string help, std::function<std::vector<Sample>()> read);

  /// Forgets all; afterwards no callback runs any more.
  void clear();

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Figure {
    std::string name, help;
    prometheus::MetricType type;
    std::function<std::vector<Sample>()> read;
  };
  void add(Figure figure);

  mutable std::mutex mutex_;
  std::vector<Figure> figures_;  ///< protected by mutex_
};

}  // namespace sapa
