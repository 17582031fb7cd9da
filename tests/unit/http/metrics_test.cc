#include <ctime>

#include <gtest/gtest.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include "connectors/prometheus/metrics_page.h"
#include "connectors/prometheus/process_metrics.h"

namespace sapa {
namespace {

double value_of(const std::string& page, const std::string& name) {
  auto at = page.find("\n" + name + " ");
  EXPECT_NE(at, std::string::npos) << name;
  return at == std::string::npos ? -1 : std::stod(page.substr(at + name.size() + 2));
}

TEST(MetricsPage, ComputesFiguresWhenAsked) {
  auto metrics = std::make_shared<CallbackMetrics>();
  double lag = 3;
  metrics->add_gauges("sapa_lag_records", "Records behind", [&] {
    return std::vector<CallbackMetrics::Sample>{{{{"partition", "0"}}, lag},
                                                {{{"partition", "1"}}, 1}};
  });
  metrics->add_counter("sapa_reads_total", "Reads", [] { return 7.0; });
  lag = 5;
  std::string page = metrics_page({metrics});
  EXPECT_NE(page.find("# TYPE sapa_lag_records gauge"), std::string::npos) << page;
  EXPECT_NE(page.find("sapa_lag_records{partition=\"0\"} 5"), std::string::npos) << page;
  EXPECT_NE(page.find("# TYPE sapa_reads_total counter"), std::string::npos) << page;
  metrics->clear();
  EXPECT_EQ(metrics_page({metrics}), "");
}

TEST(MetricsPage, JoinsSeveralSources) {
  auto registry = std::make_shared<prometheus::Registry>();
  prometheus::BuildCounter().Name("a_total").Help("A").Register(*registry).Add({}).Increment(2);
  auto metrics = std::make_shared<CallbackMetrics>();
  metrics->add_gauge("b", "B", [] { return 1.0; });
  std::string page = metrics_page({registry, metrics});
  EXPECT_EQ(value_of(page, "a_total"), 2);
  EXPECT_EQ(value_of(page, "b"), 1);
}

TEST(ProcessMetrics, TellsThisProcessesFigures) {
  auto metrics = std::make_shared<CallbackMetrics>();
  add_process_metrics(*metrics);
  std::string page = metrics_page({metrics});
  EXPECT_GT(value_of(page, "process_cpu_seconds_total"), 0);
  EXPECT_GT(value_of(page, "process_resident_memory_bytes"), 1e6);
  EXPECT_GE(value_of(page, "process_open_fds"), 3);
  double started = value_of(page, "process_start_time_seconds");
  double now = static_cast<double>(std::time(nullptr));
  EXPECT_LE(started, now + 2);
  EXPECT_GT(started, now - 3600);
}

}  // namespace
}  // namespace sapa
