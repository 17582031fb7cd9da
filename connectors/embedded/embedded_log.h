// The embedded log: events, what the engine puts out, and the customers' state in one RocksDB on
// one machine, so that the engine runs without Kafka. Takes events (EventIntake), gives workers
// their partitions (connect), serves what was put out (TriggerFeed) and opens the shards' stores
// (StoreFactory). An epoch is one write: triggers, decisions, customers and input offset become
// visible together or not at all, and what was acknowledged survives kill -9. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/customer/store.h"
#include "engine/ports/event_intake.h"
#include "engine/ports/log.h"
#include "engine/ports/trigger_feed.h"

namespace sapa {

class RocksResources;

struct EmbeddedSettings {
  int32_t partitions = 4;  ///< of a new log; an existing one keeps its number
  /// True: acknowledged means on the disk. False: a power cut may lose the newest moments, a killed
  /// process nothing.
  bool fsync = true;
  Duration keep = days(7);  ///< of consumed events, triggers, decisions and dead letters
  Duration sweep_every = minutes(10);
  std::function<Timestamp()> wall_clock = {};  ///< the system's if none is given
};

class EmbeddedLog final : public EventIntake,
                          public TriggerFeed,
                          public StoreFactory,
                          public std::enable_shared_from_this<EmbeddedLog> {
 public:
  static Result<std::shared_ptr<EmbeddedLog>> open(std::shared_ptr<RocksResources> resources,
                                                   const std::string& folder,
                                                   EmbeddedSettings settings = {});
  /// For inspection, also while an engine has the folder open: the state as of now. Takes no events
  /// and no commits.
  static Result<std::shared_ptr<EmbeddedLog>> open_read_only(
      std::shared_ptr<RocksResources> resources, const std::string& folder);
  /// Writes what waits first.
  ~EmbeddedLog() override;

  int32_t partitions() const;
  /// Where an event of this customer goes.
  int32_t partition_of(std::string_view customer_id) const;

  void append(std::vector<IncomingEvent> events, std::function<void(Status)> done) override;
  /// Returns when they are kept, or why they are not.
  Status append_and_wait(std::vector<IncomingEvent> events);

  /// Events and outputs kept together, or neither. Blocks.
  Status append_with(std::vector<IncomingEvent> events, const std::vector<OutputRecord>& outputs);

  /// Every dead letter in order, with its headers; valid during the call. An error from `found`
  /// ends the reading and is returned.
  Status read_dead_letters(const std::function<Status(uint64_t seq, const OutputRecord&)>& found);

  Result<FeedEntries> read(Stream stream, uint64_t after, size_t limit) const override;
  uint64_t last(Stream stream) const override;
  std::shared_ptr<void> subscribe(std::function<void()> on_new) override;
  /// Waits until there is something after `after`, or for `timeout`. True if there is.
  bool wait(Stream stream, uint64_t after, Duration timeout) const;

  /// Worker `worker` of `workers` gets the partitions p with p % workers == worker. The connection
  /// keeps the log alive.
  std::unique_ptr<Connection> connect(int worker, int workers);

  Result<std::unique_ptr<CustomerStore>> open(int32_t partition) override;

  /// Events kept but not yet worked in, over all partitions; for metrics.
  Result<int64_t> events_waiting() const;
  uint64_t bytes_on_disk() const;
  /// Empty if the last write went well, else one sentence.
  std::string health() const;

 private:
  friend class EmbeddedConnection;
  struct State;
  explicit EmbeddedLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sapa
