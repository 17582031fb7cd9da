// The one thread that writes to the embedded log. Whatever waits for it, appends and commits alike,
// goes into one batch and so shares one fsync; offsets and sequence numbers are given out here, so
// that readers see them in order and without holes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "connectors/embedded/log_database.h"
#include "connectors/embedded/log_progress.h"
#include "engine/ports/event_intake.h"
#include "engine/ports/log.h"
#include "engine/ports/trigger_feed.h"

namespace sapa::embedded {

struct WriterSettings {
  bool fsync = true;
  Duration keep = days(7);             ///< of consumed events and of what was put out
  Duration sweep_every = minutes(10);  ///< how often old entries are looked for
  std::function<Timestamp()> wall_clock;
};

class LogWriter {
 public:
  using NewOutputs = std::function<void(Stream, const FeedEntries&)>;

  /// `on_outputs` is called on the writer's thread before what it is given becomes readable,
  /// `on_published` after.
  LogWriter(const LogDatabase& log, LogProgress& progress, LogEnds ends, WriterSettings settings,
            NewOutputs on_outputs, std::function<void()> on_published);
  /// Writes what waits, then ends.
  ~LogWriter();

  /// See EventIntake. Refuses when too much waits already.
  void append(std::vector<IncomingEvent> events, std::function<void(Status)> done);

  /// Events and outputs in one write. Blocks.
  Status append_with(std::vector<IncomingEvent> events, const std::vector<OutputRecord>& outputs);

  /// See Connection. Blocks.
  Status commit(Epoch& epoch);

 private:
  struct Work {
    std::vector<IncomingEvent> events;
    const std::vector<OutputRecord>* outputs = nullptr;
    Epoch* epoch = nullptr;  ///< either an epoch or events
    size_t bytes = 0;
    std::function<void(Status)> done;
  };
  struct Group;

  Status write_and_wait(Work work);
  void run();
  void write(std::vector<Work> works);
  void add_events(const std::vector<IncomingEvent>& events, Group& group) const;
  void add_epoch(Epoch& epoch, Group& group) const;
  void add_output(const OutputRecord& record, Group& group) const;
  rocksdb::Status may_write() const;
  void refuse(const std::vector<Work>& works, const rocksdb::Status& status);
  void sweep_if_due();

  const LogDatabase& log_;
  LogProgress& progress_;
  const WriterSettings settings_;
  const NewOutputs on_outputs_;
  const std::function<void()> on_published_;

  // The writer's thread only.
  LogEnds ends_;
  std::optional<Error> failure_;  ///< of the last write
  std::chrono::steady_clock::time_point next_sweep_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Below: protected by mutex_.
  std::deque<Work> waiting_;
  size_t waiting_bytes_ = 0;
  bool stopping_ = false;

  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace sapa::embedded
