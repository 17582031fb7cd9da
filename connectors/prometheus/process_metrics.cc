#include "connectors/prometheus/process_metrics.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace sapa {
namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto as_seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return as_seconds(usage.ru_utime) + as_seconds(usage.ru_stime);
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double open_files() {
  std::error_code failed;
  double count = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", failed), end; !failed && at != end;
       at.increment(failed)) {
    ++count;
  }
  return count - 1;  // the one that lists them
}

double most_open_files() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

double start_seconds() {
  std::ifstream stat("/proc/self/stat"), boot("/proc/stat");
  std::string line, word;
  std::getline(stat, line);
  // The second field, the program's name in parentheses, may hold anything; the start is the 20th
  // after it.
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  double ticks = 0, booted = 0;
  for (int i = 0; i < 19; ++i) fields >> word;
  fields >> ticks;
  while (boot >> word) {
    if (word == "btime") {
      boot >> booted;
      break;
    }
  }
  return booted + ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

void add_process_metrics(CallbackMetrics& metrics) {
  metrics.add_counter("process_cpu_seconds_total", "User and system CPU time in seconds",
                      cpu_seconds);
  metrics.add_gauge("process_resident_memory_bytes", "Resident memory in bytes", resident_bytes);
  metrics.add_gauge("process_open_fds", "Open file descriptors", open_files);
  metrics.add_gauge("process_max_fds", "File descriptors that may be open at once",
                    most_open_files);
  metrics.add_gauge("process_start_time_seconds", "Start of the process since 1970 in seconds",
                    start_seconds);
}

}  // namespace sapa
