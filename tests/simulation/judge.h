// Says whether what has been committed is right. On the events' time: exactly what one straight run
// over the same input gives. On the wall clock, where the outputs also depend on when a shard was
// told what: exactly what an undisturbed shard gives that is told the same as the shards whose
// epochs were committed; and apart from that, what must hold whatever was told.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/decision/decider.h"
#include "tests/simulation/straight_run.h"
#include "tests/simulation/surroundings.h"
#include "tests/simulation/workload.h"

namespace sapa::simulation {

class Judge {
 public:
  struct Run {
    ClockMode mode = ClockMode::kEvent;
    bool clocks_are_true = true;  ///< nobody goes by a wrong wall clock
    bool at_least_once = false;
    bool reloads = false;  ///< what is decided depends on when somebody had reloaded
  };
  Judge(Surroundings& world, const Run& run);
  ~Judge();

  /// Hears of every entry of the input, before anybody reads it.
  void on_appended(const Workload::Made& made, int64_t offset);
  void on_committed(const Transaction& transaction);
  /// Without transactions: an output is there, and the group's offset is.
  void on_plain_output(int32_t partition, const std::string& output);
  void on_plain_offset(int32_t partition, int64_t offset);
  /// A store that was just opened must hold what the changelog says at its position.
  void check_store(int32_t partition, CustomerStore& store, const std::string& where);
  /// Everything has been read and committed.
  void check_end();

  uint64_t triggers() const { return trigger_ids_.size(); }
  uint64_t epochs() const { return epochs_; }

 private:
  struct Partition;
  void check_against_straight(Partition& partition, int32_t number, const WrittenPart& part);
  void check_against_told(Partition& partition, int32_t number, const Transaction& transaction,
                          const WrittenPart& part);
  bool hear_all(Partition& partition, const std::vector<Told>& told, const std::string& where);
  void check_rules(const Rules& rules, const WrittenPart& part, const std::string& where);
  void check_triggers(const WrittenPart& part);
  void check_reminder(const std::string& trigger);
  void compare_outputs(std::vector<std::string> expected, std::vector<std::string> committed,
                       const std::string& where);
  struct State {
    std::map<std::string, std::string> customers;
    std::string meta;
    bool meta_superseded = false;  ///< likewise
    /// Customers whose record as of the position the changelog no longer has: a later one is there.
    /// A restore that is cut short between the two leaves an earlier record, or none.
    std::set<std::string> superseded;
  };
  State state_at(int32_t partition, int64_t position) const;

  /// Of the events' time, where one straight run says what comes out.
  bool is_straight() const { return run_.mode == ClockMode::kEvent && !run_.reloads; }
  void check_all_put_out(Partition& partition, const std::string& where);

  Surroundings& world_;
  const Run run_;
  std::vector<std::unique_ptr<Partition>> partitions_;
  std::set<std::string> trigger_ids_;
  uint64_t epochs_ = 0;
  struct Happened {
    std::string name, message_id;
    Timestamp time, appended;
  };
  std::map<std::string, std::vector<Happened>> by_user_;
  class Silence;
  std::unique_ptr<Silence> silence_;
  std::unique_ptr<Decider> decider_;  ///< for when timers are due
  RecordLayout layout_;
};

}  // namespace sapa::simulation
