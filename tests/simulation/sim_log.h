// A Kafka of one process: input partitions, transactions with producer epochs, the consumer group's
// committed offsets and a compacted changelog. What is in it survives every fault of an engine. It
// is told the simulated time and never acts by itself: markers, timeouts and compaction happen when
// the scheduler says so.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/ports/log.h"
#include "tests/simulation/history.h"
#include "tests/simulation/sim_group.h"
#include "tests/simulation/trace.h"

namespace sapa::simulation {

struct InputEntry {
  bool marker = false;  ///< takes an offset, and nobody sees it
  std::string key, value;
  Timestamp received;
};

/// As in the changelog: an empty value is a tombstone; the empty key is the shard's meta record.
struct ChangelogEntry {
  int64_t offset = 0;
  std::string key, value;
  uint64_t transaction = 0;  ///< 0: written without one
  bool compacted = false;    ///< readers don't see it any more; the judge does
};

struct WrittenPart {
  int64_t next_offset = 0;
  std::vector<std::string> outputs;  ///< output_text
  std::map<std::string, std::string> changes;
  std::string meta;
  int64_t meta_offset = -1;
};

struct Transaction {
  enum class State : uint8_t { kOpen, kCommitting, kAborting, kCommitted, kAborted };
  uint64_t number = 0;
  std::string producer;
  int producer_epoch = 0;
  State state = State::kOpen;
  int64_t begun_ms = 0;
  std::map<int32_t, WrittenPart> parts;
  std::set<int32_t> offsets;           ///< partitions whose input offset is in it
  std::set<int32_t> offsets_pending;   ///< … whose marker has not been written
  std::set<int32_t> changelog_marker;  ///< partitions whose changelog wants a marker
  std::shared_ptr<const History> history;

  bool decided() const { return state != State::kOpen; }
  bool committed() const { return state == State::kCommitting || state == State::kCommitted; }
};

enum class Answer : uint8_t { kOk, kFenced, kInvalidState, kNotAMember };
const char* name(Answer answer);

class SimLog {
 public:
  SimLog(int partitions, Trace& trace);

  // The input.
  void append(int32_t partition, InputEntry entry);
  const InputEntry& input(int32_t partition, int64_t offset) const;
  int64_t end(int32_t partition) const;
  int partitions() const { return static_cast<int>(inputs_.size()); }

  // Transactions, as a producer asks for them.
  /// The producer's new epoch: whatever an earlier one of the name has left open is aborted.
  int init_producer(const std::string& producer);
  Answer begin(const std::string& producer, int epoch, int64_t now_ms,
               std::shared_ptr<const History> history);
  Answer add_offsets(const std::string& producer, int epoch, const GroupMember& member,
                     const std::map<int32_t, int64_t>& offsets);
  Answer write_outputs(const std::string& producer, int epoch, int32_t partition,
                       std::vector<std::string> outputs);
  Answer write_change(const std::string& producer, int epoch, int32_t partition, std::string key,
                      std::string value);
  Answer write_meta(const std::string& producer, int epoch, int32_t partition, std::string meta,
                    int64_t& offset);
  Answer end_transaction(const std::string& producer, int epoch, bool commit);

  // Without transactions: what is written is there.
  void write_plain_output(int32_t partition, const std::string& output);
  int64_t write_plain_state(int32_t partition, std::string key, std::string value);
  Answer commit_offsets(const GroupMember& member, const std::map<int32_t, int64_t>& offsets);

  // What the broker does in its own time.
  bool has_markers() const { return !undone_.empty(); }
  /// Writes one of the markers that decided transactions still want.
  void write_marker(uint64_t choice);
  void write_all_markers();
  void abort_older_than(int64_t began_before_ms);
  /// Removes what is superseded before `limit` of the last stable offset.
  void compact(int32_t partition, int64_t keep_last);

  // What readers see.
  /// Nothing while a transaction that holds an offset of the partition is undecided.
  std::optional<int64_t> stable_offset(int32_t partition) const;
  int64_t committed_offset(int32_t partition) const { return offsets_[index(partition)]; }
  int64_t changelog_end(int32_t partition) const { return changelog_next_[index(partition)]; }
  int64_t last_stable(int32_t partition) const;
  /// The first committed entry at or after `from` and before `limit`; null if there is none.
  const ChangelogEntry* next_committed(int32_t partition, int64_t from, int64_t limit) const;

  const std::vector<ChangelogEntry>& changelog(int32_t partition) const {
    return changelogs_[index(partition)];
  }
  bool is_committed(uint64_t transaction) const;

  SimGroup& group() { return group_; }

  /// Called when a transaction has been decided to commit, in the order of the decisions.
  std::function<void(const Transaction&)> on_committed;
  /// The same without transactions, where each happens by itself.
  std::function<void(int32_t, const std::string&)> on_plain_output;
  std::function<void(int32_t, int64_t)> on_plain_offset;

 private:
  static size_t index(int32_t partition) { return static_cast<size_t>(partition); }
  struct Producer {
    int epoch = 0;
    uint64_t open = 0;  ///< its open transaction; 0: none
  };
  Result<Transaction*> open_transaction(const std::string& producer, int epoch, Answer& answer);
  void decide(Transaction& transaction, bool commit);
  void complete_transactions_of(const std::string& producer);
  void complete_if_done(Transaction& transaction);

  Trace& trace_;
  SimGroup group_;
  std::vector<std::deque<InputEntry>> inputs_;
  std::vector<int64_t> offsets_;
  std::vector<std::vector<ChangelogEntry>> changelogs_;
  std::vector<int64_t> changelog_next_;
  std::map<std::string, Producer> producers_;
  std::vector<std::unique_ptr<Transaction>> transactions_;  ///< number - 1
  std::set<uint64_t> undone_;                               ///< decided, markers missing
};

}  // namespace sapa::simulation
