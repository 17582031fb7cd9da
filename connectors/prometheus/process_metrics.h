// The process's own figures under the names that every Prometheus client uses: CPU time, memory,
// file descriptors, start time. Read from /proc.
#pragma once

#include "connectors/prometheus/callback_metrics.h"

namespace sapa {

void add_process_metrics(CallbackMetrics& metrics);

}  // namespace sapa
