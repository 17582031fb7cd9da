// The worker's member of the consumer group: records in, partitions coming and going, and where
// they end. Everything runs on the worker's thread, except what says otherwise.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connectors/kafka/client.h"
#include "connectors/kafka/config.h"
#include "connectors/kafka/heir.h"
#include "connectors/kafka/prober.h"
#include "connectors/kafka/read_ahead.h"
#include "engine/ports/log.h"

namespace sapa::kafka {

/// A worker as the group knows it, from one assignment to the next.
struct Membership {
  std::shared_ptr<rd_kafka_consumer_group_metadata_t> group;  ///< null before the first assignment
  std::string owner;  ///< for the metadata of offsets; empty without transactions
};

class GroupConsumer {
 public:
  /// `transactions_name` is the worker's own, not used without transactions. `health` outlives it.
  static Result<std::unique_ptr<GroupConsumer>> open(const KafkaConfig& config, int worker,
                                                     const std::string& transactions_name,
                                                     Health& health);
  ~GroupConsumer();
  GroupConsumer(const GroupConsumer&) = delete;
  GroupConsumer& operator=(const GroupConsumer&) = delete;

  Status poll(Duration timeout, InputHandler& handler);
  void start_reading(int32_t partition);
  void ask_for_end(int32_t partition) { prober_->ask(partition); }
  int64_t lag(int32_t partition) const;
  void wake() { rd_kafka_queue_yield(queue_.get()); }  ///< any thread

  /// As of the latest assignment, so that work of an earlier one can't be committed by mistake.
  /// Any thread.
  Membership membership() const;

  /// Commits offsets without a transaction, and without waiting for the outcome. On the thread that
  /// commits epochs, as the next.
  Status send_offsets(const PartitionList& offsets);
  /// How it went with those sent last; good if there are none. What passes is no failure, since the
  /// next offsets stand for these, too.
  Status await_offsets(int64_t timeout_ms);

 private:
  struct Partition {
    bool held = false;
    bool ready = false;       ///< its shard takes records
    int64_t next_offset = 0;  ///< what has been delivered ends here
    /// Since when the partition is said to end before next_offset, and which that was.
    std::optional<std::chrono::steady_clock::time_point> short_since;
    int64_t short_at = 0;
  };

  GroupConsumer(const KafkaConfig& config, int worker, const std::string& transactions_name,
                Health& health);
  Status start();

  static void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*,
                           void*);
  static void on_error(rd_kafka_t*, int, const char*, void*);
  void rebalance(rd_kafka_resp_err_t event, rd_kafka_topic_partition_list_t* partitions);
  Status assign(rd_kafka_topic_partition_list_t* partitions);
  void note_membership();
  Status find_start(rd_kafka_topic_partition_list_t* partitions,
                    std::vector<Assignment>& assignments);
  Status try_find_start(rd_kafka_topic_partition_list_t* partitions,
                        std::vector<Assignment>& assignments);
  void revoke();
  void assign_anew();

  void look_around(std::chrono::steady_clock::time_point now);
  void collect(Duration timeout);
  void turn_into_items();
  void add_record(const rd_kafka_message_t& message);
  void add_read_to(int32_t partition, int64_t offset);
  void add_ends();
  bool lies_before(const EndAnswer& answer, Partition& partition);
  void take_error(const rd_kafka_message_t& message);
  void fail(Error error);
  void fail(rd_kafka_resp_err_t code, const std::string& doing, const char* reason);
  Partition* held(int32_t partition);

  const KafkaConfig config_;
  const int worker_;
  const std::string who_;
  const std::string transactions_name_;
  Health& health_;
  Client client_;
  std::unique_ptr<Heir> heir_;  ///< none without transactions
  Handle<rd_kafka_queue_t> queue_;
  Handle<rd_kafka_queue_t> offset_answers_;  ///< of the committing thread
  bool offsets_under_way_ = false;           ///< so is this
  std::unique_ptr<EndProber> prober_;
  std::unique_ptr<ReadAhead> ahead_;

  // During a poll:
  InputHandler* handler_ = nullptr;
  std::optional<Error> failure_;
  std::string last_failure_;
  int rebalances_ = 0;

  std::vector<Partition> partitions_;  ///< by number
  size_t held_count_ = 0;
  bool witness_wanted_ = false;  ///< by the clock, of the records of this poll
  std::chrono::steady_clock::time_point assigned_at_;  ///< by the last assign_anew()
  std::chrono::steady_clock::time_point assign_at_;    ///< when the next one may come
  bool more_ready_ = false;                            ///< since the last assign_anew()
  std::optional<std::chrono::steady_clock::time_point> topic_missing_since_;
  std::chrono::steady_clock::time_point looked_around_;

  // Kept for their memory.
  std::vector<rd_kafka_message_t*> messages_;
  size_t message_count_ = 0;
  std::vector<InputItem> items_;
  std::vector<Header> headers_;
  std::vector<std::pair<size_t, size_t>> header_counts_;  ///< item, how many of headers_
  std::vector<EndAnswer> answers_;

  mutable std::mutex membership_mutex_;
  Membership membership_;  // guarded by membership_mutex_
};

}  // namespace sapa::kafka
