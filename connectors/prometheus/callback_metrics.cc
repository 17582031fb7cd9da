#include "connectors/prometheus/callback_metrics.h"

namespace sapa {
namespace {

std::function<std::vector<CallbackMetrics::Sample>()> one_sample(std::function<double()> read) {
  return [read = std::move(read)] { return std::vector<CallbackMetrics::Sample>{{{}, read()}}; };
}

}  // namespace

void CallbackMetrics::add(Figure figure) {
  std::lock_guard lock(mutex_);
  figures_.push_back(std::move(figure));
}

void CallbackMetrics::add_gauge(std::string name, std::string help, std::function<double()> read) {
  add_gauges(std::move(name), std::move(help), one_sample(std::move(read)));
}

void CallbackMetrics::add_gauges(std::string name, std::string help,
                                 std::function<std::vector<Sample>()> read) {
  add({std::move(name), std::move(help), prometheus::MetricType::Gauge, std::move(read)});
}

void CallbackMetrics::add_counter(std::string name, std::string help,
                                  std::function<double()> read) {
  add_counters(std::move(name), std::move(help), one_sample(std::move(read)));
}

void CallbackMetrics::add_counters(std::string name, std::string help,
                                   std::function<std::vector<Sample>()> read) {
  add({std::move(name), std::move(help), prometheus::MetricType::Counter, std::move(read)});
}

void CallbackMetrics::clear() {
  std::lock_guard lock(mutex_);
  figures_.clear();
}

std::vector<prometheus::MetricFamily> CallbackMetrics::Collect() const {
  std::lock_guard lock(mutex_);
  std::vector<prometheus::MetricFamily> families;
  for (const Figure& figure : figures_) {
    auto& family = families.emplace_back();
    family.name = figure.name;
    family.help = figure.help;
    family.type = figure.type;
    for (const Sample& sample : figure.read()) {
      auto& metric = family.metric.emplace_back();
      for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
      if (figure.type == prometheus::MetricType::Counter) {
        metric.counter.value = sample.value;
      } else {
        metric.gauge.value = sample.value;
      }
    }
  }
  return families;
}

}  // namespace sapa
