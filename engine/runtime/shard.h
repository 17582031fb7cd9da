// The part of the engine that owns one input partition: its customers, timers and clock, and the
// epoch's part that they are working on. Knows nothing of threads, connections or files: records
// and times come in, a ShardEpoch goes out. One thread at a time.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/customer/pending_changes.h"
#include "engine/decision/decider.h"
#include "engine/event/decoder.h"
#include "engine/ports/log.h"
#include "engine/runtime/customer_table.h"
#include "engine/runtime/epoch_writer.h"
#include "engine/runtime/id_filter.h"
#include "engine/runtime/rules.h"
#include "engine/runtime/shard_clock.h"
#include "engine/runtime/timer_queue.h"
#include "engine/telemetry/telemetry.h"

namespace sapa {

enum class ClockMode : uint8_t {
  kWall,   ///< follows the wall clock at the log's end
  kEvent,  ///< follows only the records' timestamps: for replaying history
};

struct ShardOptions {
  ClockMode clock = ClockMode::kWall;
  size_t cache_bytes = 64 << 20;
  EventLimits limits;
  /// Of one customer's record. An event that would make it larger is a dead letter, so that none
  /// can become too large for the changelog.
  size_t max_customer_bytes = 4 << 20;
  /// About so many of the timers that are due next; the others are in the store. At least 1.
  size_t timers_in_memory = 32 << 10;
  /// So much of the changelog is put into the store together, be it in the middle of an epoch.
  size_t replayed_at_once = 4 << 20;
  std::string input_name;  ///< the topic, for dead letters
  /// The stored state may be ahead of the group's offsets (at_least_once: state is written first);
  /// what it holds already is passed over.
  bool state_may_be_ahead = false;
  EpochWriter::Options output;
};

class Shard final : public StateSink {
 public:
  Shard(int32_t partition, int64_t next_offset, std::shared_ptr<const Workspace> workspace,
        std::unique_ptr<CustomerStore> store, const ShardOptions& options);
  ~Shard() override;

  /// Takes what the changelog holds beyond the store's position; before open().
  Status put_customer(std::string_view customer_id, std::string_view bytes,
                      int64_t position) override;
  Status put_meta(std::string_view meta, int64_t position) override;
  int64_t changelog_position() const { return store_->changelog_position(); }
  uint64_t restored_records() const { return restored_records_; }
  uint64_t restored_bytes() const { return restored_bytes_; }

  /// Instead of open(): only the store goes on.
  static Result<std::unique_ptr<CustomerStore>> into_store(std::unique_ptr<Shard> shard);

  /// Loads the clock and the first timers from the store. Before any record.
  Status open();

  /// Of the records that come next, as far as they are known (`count` of them): brings their
  /// customers nearer. `id_of(i)` is the customer's id, or what may be none.
  template <typename IdOf>
  void look_ahead(size_t count, IdOf id_of) const {
    constexpr size_t kRecord = 2, kCustomer = 5, kPlace = 8;
    if (count > kPlace) table_->index().prefetch_place(id_of(kPlace));
    if (count > kCustomer) table_->index().prefetch_customer(id_of(kCustomer));
    if (count > kRecord) table_->index().prefetch_record(id_of(kRecord));
  }
  /// Works one record into `epoch`. Records before next_offset() are passed over.
  Status on_record(const InputItem& item, Timestamp wall, Epoch& epoch);
  /// The same from where it has been decoded, whatever its offset.
  Status on_event(const InputItem& item, const Event& event, Timestamp wall, Epoch& epoch);
  /// Makes a dead letter of a record.
  void refuse(const InputItem& item, const Refusal& refusal, Timestamp wall, Epoch& epoch);
  /// An event of this time was read, by another shard of the same partition.
  void on_time(Timestamp time) { clock_.on_record(time); }
  void on_read_to(int64_t offset);
  void on_end(int64_t end, Timestamp as_of);

  /// Fires the timers that are due by the shard's clock.
  Status fire_timers(Timestamp wall, Epoch& epoch);
  /// Fires the earliest timer, whatever the clock, and tells whose it was; nobody's if all that
  /// came first was that more had to be read from the store. Precondition: earliest_timer() is not
  /// never().
  Result<std::string> fire_earliest(Timestamp wall, Epoch& epoch);

  /// Whether a timer may be due that the wall clock has passed but the shard's clock has not: worth
  /// asking where the log ends.
  bool wants_end(Timestamp wall) const;
  /// No timer is due before it.
  Timestamp earliest_timer() const { return timers_.earliest(); }

  bool has_outputs() const { return !current_.outputs.empty(); }
  size_t output_count() const { return current_.outputs.size(); }
  bool has_work() const;
  /// Moves only the outputs away, leaving the changes of state to a later take(); for backtest,
  /// which commits nothing.
  std::vector<OutputRecord> take_outputs() { return std::exchange(current_.outputs, {}); }
  /// Moves what has been done since the last call into `epoch`; false if there is nothing.
  bool take(Epoch& epoch);
  /// The epoch's part is committed: the store takes it over.
  Status committed(uint64_t epoch_number, const ShardEpoch& part);
  /// Decides by another workspace, or with other campaigns killed, from the next record on. Only
  /// between take() and that record, so that nothing is decided half by one and half by another;
  /// the counters must have been flushed. Takes no longer for many customers than for few.
  void adopt(const Rules& rules);
  /// Writes everything committed to the disk.
  Status checkpoint();

  /// Everything known about a customer as JSON; nothing if unknown.
  Result<std::optional<std::string>> describe(std::string_view customer_id);

  int32_t partition() const { return partition_; }
  int64_t next_offset() const { return next_offset_; }
  const ShardClock& clock() const { return clock_; }
  ShardCounters& counters() { return counters_; }
  const Workspace& workspace() const { return *workspace_; }
  Telemetry::ShardState state() const;
  size_t dirty_customers() const { return table_->dirty_count(); }
  bool over_budget() const { return table_->over_budget(); }

 private:
  Status fire_customer(HotCustomer& hot, Timestamp due, std::optional<Timestamp> wall);
  Status begin_restore();
  Status apply_replayed();
  Status store_replayed();
  std::optional<Timestamp> due_of(std::string_view bytes);
  Status load_timers();
  void queue_timer(HotCustomer& hot);
  void check_queued(HotCustomer& hot) const;
  void count_cache();
  std::string encode_meta() const;

  int32_t partition_;
  int64_t next_offset_;
  int64_t taken_offset_;
  std::shared_ptr<const Workspace> workspace_;
  ShardOptions options_;
  std::unique_ptr<CustomerStore> store_;
  std::shared_ptr<const RecordLayout> layout_;
  ShardCounters counters_;
  ShardEpoch current_;
  EpochWriter writer_;
  std::unique_ptr<Decider> decider_;
  std::unique_ptr<CustomerTable> table_;
  TimerQueue timers_;
  ShardClock clock_;
  Decoder decoder_;
  Arena event_arena_{16 << 10};
  uint64_t restored_records_ = 0;
  uint64_t restored_bytes_ = 0;
  /// Who was put into a store that held nobody before; null if it did, or once it is open.
  std::unique_ptr<IdFilter> restored_ids_;
  /// Of customers whom the store may know: their earlier timers have to be looked up first, many
  /// customers at once.
  PendingChanges replayed_;
  std::optional<std::string> replayed_meta_;  ///< the last one since the store was told of one
  int64_t replayed_position_ = -1;            ///< the store's, when it has been told
  size_t gathered_bytes_ = 0;                 ///< since then
  Customer restored_;                         // kept for its memory
};

}  // namespace sapa
