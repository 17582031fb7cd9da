// A worker's Connection to the simulated log: a member of the group and a transactional producer,
// with the rules and the weaknesses of connectors/kafka. Each poll does at most one thing, which
// the seed chooses. Remembers what it told each shard, so that a committed epoch can say what it
// was made from.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/log.h"
#include "tests/simulation/surroundings.h"

namespace sapa::simulation {

/// Who connects: names as the process has them, its wall clock, and whether it still lives.
struct Host {
  std::string name;      ///< of the worker: its transactional id
  std::string instance;  ///< of the static member; empty: dynamic
  bool at_least_once = false;
  std::function<Timestamp()> wall;
  std::function<void(Timestamp)> witness;
  std::function<Rules()> rules;  ///< that the worker decides by
  std::function<bool()> alive;
  std::function<void()> gone;  ///< the connection is no more
};

class SimConnection final : public Connection {
 public:
  SimConnection(Surroundings& surroundings, Host host);
  ~SimConnection() override;

  Status poll(Duration timeout, InputHandler& handler) override;
  void start_reading(int32_t partition) override;
  void ask_for_end(int32_t partition) override;
  /// Stands still between pieces: others may write, commit and compact meanwhile.
  Status restore(int32_t partition, int64_t from_position, StateSink& sink,
                 RestoreProgress& progress, std::stop_token stop) override;
  /// All steps at once; sim_committer.h performs them one at a time.
  Status commit(Epoch& epoch) override;
  int64_t lag(int32_t partition) const override;
  void wake() override {}
  std::string health() const override { return ""; }

  /// The client's own thread: it keeps the session alive whatever the worker does.
  void heartbeat();
  /// The worker has fired the timers of this shard at this wall time.
  void told_timers(int32_t partition, Timestamp wall);
  /// The worker has switched to other rules.
  void told_rules();
  /// What the shards of the epoch were told since their last one.
  std::shared_ptr<const History> take_history(const Epoch& epoch);
  bool holds(int32_t partition) const { return partitions_.contains(partition); }
  /// Partitions whose records come.
  std::vector<int32_t> reading() const;
  const Host& host() const { return host_; }

  // For the steps of a commit.
  int producer_epoch() const { return producer_epoch_; }
  GroupMember member() const { return {member_id_as_assigned_, generation_}; }
  bool spoiled = false;  ///< a commit has failed: nothing may be committed here any more

 private:
  enum class Phase : uint8_t { kUnjoined, kJoining, kHolding };
  Status assign(InputHandler& handler);
  void drop();
  bool deliver(InputHandler& handler);
  void add_records(int32_t partition, std::vector<InputItem>& items);
  void add_answer(std::vector<InputItem>& items);
  void tell_rules(int32_t partition);
  void add_item(InputItem item, std::vector<InputItem>& items);

  Surroundings& world_;
  Host host_;
  int producer_epoch_ = 0;
  int member_id_ = 0;
  int member_id_as_assigned_ = 0;
  int generation_ = 0;
  Phase phase_ = Phase::kUnjoined;
  std::optional<GroupAssignment> granted_;
  struct Partition {
    int64_t next_offset = 0;
    bool reading = false;
  };
  std::map<int32_t, Partition> partitions_;  ///< those held
  struct Question {
    int32_t partition;
    Timestamp as_of;
  };
  std::deque<Question> questions_;
  History told_;
};

}  // namespace sapa::simulation
