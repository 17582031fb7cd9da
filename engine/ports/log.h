// What a worker needs from a log (Kafka, or the embedded one): records in, epochs out, its shards'
// state back after a restart. One Connection belongs to one worker. Threads: everything is called
// on the worker's thread except commit(), which runs on the worker's committing thread at the same
// time as poll(), one commit at a time, and restore(), which runs on any thread, for several
// partitions at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/event/decoder.h"

namespace sapa {

struct InputItem {
  enum class Kind : uint8_t {
    kRecord,  ///< a record at `offset`
    kReadTo,  ///< every record before `offset` has been delivered (what lay between was no record
              ///< of ours)
    kEnd,     ///< the answer to ask_for_end: at wall time `as_of` the partition ended at `offset`
  };
  Kind kind = Kind::kRecord;
  int32_t partition = 0;
  int64_t offset = 0;
  RawRecord record;  ///< valid during the call
  Timestamp as_of{0};
};

struct Assignment {
  int32_t partition = 0;
  int64_t next_offset = 0;  ///< where the group's committed work ends
};

/// The worker, as the connection sees it. Called inside poll(), on the worker's thread.
class InputHandler {
 public:
  virtual ~InputHandler() = default;
  virtual void on_items(std::span<const InputItem> items) = 0;
  /// New partitions, none of which is held now; perhaps none at all. Their records come after
  /// start_reading().
  virtual void on_assigned(std::span<const Assignment> assignments) = 0;
  /// All partitions go: finish and commit what is under way, then close the shards.
  virtual void on_revoked() = 0;
  /// All partitions are gone already: nothing of them may be committed any more.
  virtual void on_lost() = 0;
};

enum class Stream : uint8_t { kTriggers, kDecisions, kDeadLetters };

/// One record to be put out. Its bytes are the epoch's.
struct OutputRecord {
  Stream stream = Stream::kTriggers;
  std::string_view key;
  std::string_view value;
  std::span<const Header> headers;
  Timestamp time{0};  ///< 0: when it is put out
};

/// One customer's new record, as it goes to the changelog and to the store.
struct CustomerChange {
  std::string_view customer_id;
  std::string_view bytes;                   ///< empty: the customer is forgotten (a tombstone)
  Timestamp next_due = Timestamp::never();  ///< of the earliest timer in the record
  Timestamp earlier_due =
      Timestamp::never();  ///< what the store's timer index holds for the customer
};

struct ShardEpoch {
  int32_t partition = 0;
  int64_t next_offset = 0;  ///< input up to here is worked in
  std::string_view meta;  ///< the shard's own small state (its clock …), see runtime/shard_meta.h
  std::vector<CustomerChange> changes;
  std::vector<OutputRecord> outputs;
  int64_t changelog_position =
      -1;  ///< set by commit(): where the changelog stands with this epoch in it
};

/// The work between two commits, of all shards of a worker. Owns all bytes that it points to.
struct Epoch {
  uint64_t number = 0;
  Arena bytes{1 << 16};
  std::vector<ShardEpoch> shards;
};

/// Takes what a changelog holds, in order. An empty value is a tombstone.
class StateSink {
 public:
  virtual ~StateSink() = default;
  virtual Status put_customer(std::string_view customer_id, std::string_view bytes,
                              int64_t position) = 0;
  virtual Status put_meta(std::string_view meta, int64_t position) = 0;
};

/// How far a restore has come. Written by the restoring thread, read by any.
struct RestoreProgress {
  std::atomic<int64_t> position{0}, end{0};  ///< in the changelog
  std::atomic<int64_t> bytes{0};
};

class Connection {
 public:
  virtual ~Connection() = default;

  /// Waits at most `timeout` for something to happen and tells `handler`. Errors that may pass are
  /// waited out inside and reported in health(); an error returned here means that the connection
  /// must be made anew.
  virtual Status poll(Duration timeout, InputHandler& handler) = 0;

  /// The shard of an assigned partition is ready: its records come, from the assignment's
  /// next_offset on.
  virtual void start_reading(int32_t partition) = 0;

  /// Asks where the partition ends; the answer comes as an InputItem of a later poll, or never if
  /// the log can't be reached.
  virtual void ask_for_end(int32_t partition) = 0;

  /// Reads the committed changelog of a partition from `from_position` (-1: all of it) to its end.
  /// Blocks; ends with an error soon after it is told to stop.
  virtual Status restore(int32_t partition, int64_t from_position, StateSink& sink,
                         RestoreProgress& progress, std::stop_token stop) = 0;

  /// Makes the epoch visible as a whole, or not at all, and sets each shard's changelog_position.
  /// Blocks. After an error the outcome is unknown: the connection must be made anew.
  virtual Status commit(Epoch& epoch) = 0;

  /// Records in the partition that have not been delivered yet, as far as known; -1 if unknown. For
  /// metrics.
  virtual int64_t lag(int32_t partition) const = 0;

  /// Wakes a waiting poll() from another thread.
  virtual void wake() = 0;

  /// Empty if all is well, else one sentence for /readyz.
  virtual std::string health() const = 0;
};

}  // namespace sapa
