// What an EmbeddedLog consists of; for its own parts only.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "connectors/embedded/embedded_log.h"
#include "connectors/embedded/log_database.h"
#include "connectors/embedded/log_progress.h"
#include "connectors/embedded/log_writer.h"
#include "connectors/embedded/recent_entries.h"

namespace sapa {

struct EmbeddedLog::State {
  std::shared_ptr<const embedded::LogDatabase> log;
  std::unique_ptr<embedded::LogProgress> progress;
  std::function<Timestamp()> wall_clock;
  embedded::RecentEntries recent[embedded::kStreams];

  std::mutex subscribers_mutex;
  std::vector<std::pair<uint64_t, std::function<void()>>> subscribers;  ///< protected by the mutex
  uint64_t next_subscriber = 0;

  std::unique_ptr<embedded::LogWriter> writer;  ///< none if read-only; last, since it uses the rest
};

}  // namespace sapa
