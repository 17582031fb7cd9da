#include "tests/simulation/judge.h"

#include <algorithm>

#include "engine/customer/bytes.h"
#include "engine/customer/customer_codec.h"

namespace sapa::simulation {
namespace {

struct Meta {
  Timestamp clock;
  int64_t next_offset = 0;
};

/// As described in engine/runtime/shard.cc.
Meta read_meta(std::string_view bytes) {
  ByteReader in(bytes);
  (void)in.byte();
  Meta meta;
  meta.clock.ms = in.zigzag();
  meta.next_offset = static_cast<int64_t>(in.varint());
  return meta;
}

std::string field(const std::string& json, const std::string& name) {
  size_t at = json.find("\"" + name + "\":\"");
  if (at == std::string::npos) return "";
  at += name.size() + 4;
  return json.substr(at, json.find('"', at) - at);
}

/// Where the customers of two states differ; empty if they are the same.
std::string difference(const std::map<std::string, std::string>& expected,
                       const std::map<std::string, std::string>& found) {
  for (const auto& [id, bytes] : expected) {
    auto at = found.find(id);
    if (at == found.end()) return "customer " + id + " is missing";
    if (at->second != bytes) return "customer " + id + " differs";
  }
  for (const auto& [id, bytes] : found) {
    if (!expected.contains(id)) return "customer " + id + " is too much";
  }
  return "";
}

constexpr Duration kReminderAfter = seconds(30);  // campaign `cart` on the wall clock

}  // namespace

struct Judge::Partition {
  Partition(int32_t number, ClockMode mode) : straight(number, mode), told(number, mode) {}
  StraightShard straight;            ///< is told of every record as it is appended
  StraightShard told;                ///< is told what the shards of committed epochs were told
  std::vector<std::string> outputs;  ///< of `straight`
  std::vector<size_t> outputs_at;    ///< by next offset
  std::vector<Timestamp> clock_at;
  size_t committed_outputs = 0;
  std::set<std::string> awaited;       ///< at least once: outputs of `straight` …
  std::set<std::string> put_out;       ///< … and those that are there
  std::shared_ptr<const Rules> rules;  ///< that `told` decides by
  int64_t next_offset = 0;
  Timestamp clock = Timestamp::beginning();
};

class Judge::Silence final : public DecisionSink {
  void on_trigger(const Campaign&, const Trigger&) override {}
  void on_decision(const Campaign&, const Decision&) override {}
  void on_metric_error(const Metric&, std::string_view) override {}
};

Judge::Judge(Surroundings& world, const Run& run)
    : world_(world),
      run_(run),
      silence_(std::make_unique<Silence>()),
      decider_(std::make_unique<Decider>(workspace_for(run.mode, 0), *silence_)),
      layout_(record_layout(*workspace_for(run.mode, 0))) {
  for (int32_t number = 0; number < world.log.partitions(); ++number) {
    partitions_.push_back(std::make_unique<Partition>(number, run.mode));
    partitions_.back()->outputs_at.push_back(0);
    partitions_.back()->clock_at.push_back(Timestamp::beginning());
  }
}

Judge::~Judge() = default;

void Judge::on_appended(const Workload::Made& made, int64_t offset) {
  if (!made.name.empty()) {
    by_user_[made.user].push_back({made.name, made.message_id, made.time, made.entry.received});
  }
  if (run_.mode != ClockMode::kEvent) return;
  Partition& partition = *partitions_[static_cast<size_t>(made.partition)];
  if (!made.entry.marker) {
    Status read = partition.straight.read(offset, made.entry);
    if (!read) world_.violate("the straight run fails: " + read.error().message);
  }
  for (std::string& output : partition.straight.take_outputs()) {
    if (run_.at_least_once) partition.awaited.insert(output);
    partition.outputs.push_back(std::move(output));
  }
  partition.outputs_at.push_back(partition.outputs.size());
  partition.clock_at.push_back(partition.straight.clock());
}

void Judge::on_committed(const Transaction& transaction) {
  ++epochs_;
  for (const auto& [number, part] : transaction.parts) {
    Partition& partition = *partitions_[static_cast<size_t>(number)];
    const std::string where = "partition " + std::to_string(number);
    world_.trace.line("{}: committed up to offset {}", where, part.next_offset);
    for (const std::string& output : part.outputs) world_.trace.line("  {}", output);
    Meta meta = read_meta(part.meta);
    if (meta.next_offset != part.next_offset) {
      world_.violate(where + ": the state's offset and the group's differ");
    }
    if (part.next_offset < partition.next_offset) {
      world_.violate(where + ": goes back to offset " + std::to_string(part.next_offset));
      continue;
    }
    if (meta.clock < partition.clock) world_.violate(where + ": the clock goes back");
    partition.next_offset = part.next_offset;
    partition.clock = meta.clock;
    if (is_straight()) check_against_straight(partition, number, part);
    check_against_told(partition, number, transaction, part);
    check_triggers(part);
  }
}

/// Repeats are allowed; anything that a straight run doesn't give is not.
void Judge::on_plain_output(int32_t number, const std::string& output) {
  Partition& partition = *partitions_[static_cast<size_t>(number)];
  world_.trace.line("partition {}: {}", number, output);
  if (!partition.awaited.contains(output)) {
    world_.violate("partition " + std::to_string(number) +
                   ": put out, but not by a straight run: " + output);
  }
  partition.put_out.insert(output);
  if (output.starts_with("trigger ")) trigger_ids_.insert(field(output, "triggerId"));
}

void Judge::on_plain_offset(int32_t number, int64_t offset) {
  ++epochs_;
  Partition& partition = *partitions_[static_cast<size_t>(number)];
  world_.trace.line("partition {}: the group is at offset {}", number, offset);
  if (offset < partition.next_offset) {
    world_.violate("partition " + std::to_string(number) + ": goes back to offset " +
                   std::to_string(offset));
  }
  partition.next_offset = offset;
}

void Judge::check_all_put_out(Partition& partition, const std::string& where) {
  for (const std::string& output : partition.awaited) {
    if (!partition.put_out.contains(output)) world_.violate(where + ": never put out: " + output);
  }
}

void Judge::check_against_straight(Partition& partition, int32_t number, const WrittenPart& part) {
  const std::string where = "partition " + std::to_string(number) + ", straight run";
  const auto offset = static_cast<size_t>(part.next_offset);
  const size_t from = partition.committed_outputs, to = partition.outputs_at[offset];
  std::vector<std::string> expected(partition.outputs.begin() + static_cast<int64_t>(from),
                                    partition.outputs.begin() + static_cast<int64_t>(to));
  compare_outputs(expected, part.outputs, where);
  partition.committed_outputs = to;
  if (read_meta(part.meta).clock != partition.clock_at[offset]) {
    world_.violate(where + ": the clock differs");
  }
}

bool Judge::hear_all(Partition& partition, const std::vector<Told>& told,
                     const std::string& where) {
  bool worked = false;
  for (const Told& one : told) {
    if (one.kind == Told::Kind::kRules) {
      if (worked) world_.violate(where + ": one epoch by two workspaces");
      partition.rules = one.rules;
    }
    worked |= one.kind == Told::Kind::kRecord && one.offset >= partition.told.next_offset();
    Status heard = partition.told.hear(one, world_.log);
    if (heard) continue;
    world_.violate(where + ": " + heard.error().message);
    return false;
  }
  return true;
}

/// What is sent is a campaign's of these rules, and of none that is killed.
void Judge::check_rules(const Rules& rules, const WrittenPart& part, const std::string& where) {
  for (const std::string& output : part.outputs) {
    if (!output.starts_with("trigger ")) continue;
    const std::string name = field(output, "campaign");
    if (rules.killed->contains(name)) world_.violate(where + ": of a killed campaign: " + output);
    const auto& campaigns = rules.workspace->campaigns;
    auto at = std::find_if(campaigns.begin(), campaigns.end(),
                           [&](const Campaign& campaign) { return campaign.name == name; });
    if (at == campaigns.end() || at->version != field(output, "campaignVersion")) {
      world_.violate(where + ": by another workspace: " + output);
    }
  }
}

void Judge::check_against_told(Partition& partition, int32_t number, const Transaction& transaction,
                               const WrittenPart& part) {
  const std::string where = "partition " + std::to_string(number) + ", told the same";
  auto told = transaction.history->find(number);
  if (told == transaction.history->end()) return world_.violate(where + ": nothing was told");
  if (!hear_all(partition, told->second, where)) return;
  if (partition.rules != nullptr) check_rules(*partition.rules, part, where);
  auto done = partition.told.take();
  if (!done) return world_.violate(where + ": " + done.error().message);
  compare_outputs(done->outputs, part.outputs, where);
  std::string differs = difference(done->changes, part.changes);
  if (!differs.empty()) world_.violate(where + ": changed customers: " + differs);
  if (done->meta != part.meta) world_.violate(where + ": the shard's own state differs");
}

/// Topic by topic: between two topics there is no order, and a dead letter may overtake the timer
/// that a late event before it has made due.
void Judge::compare_outputs(std::vector<std::string> expected, std::vector<std::string> committed,
                            const std::string& where) {
  auto is_dead_letter = [](const std::string& text) { return text.starts_with("dead letter"); };
  std::stable_partition(expected.begin(), expected.end(), is_dead_letter);
  std::stable_partition(committed.begin(), committed.end(), is_dead_letter);
  for (size_t i = 0; i < std::max(expected.size(), committed.size()); ++i) {
    const std::string wanted = i < expected.size() ? expected[i] : "nothing";
    const std::string got = i < committed.size() ? committed[i] : "nothing";
    if (wanted == got) continue;
    return world_.violate(where + ": expected " + wanted + ", committed " + got);
  }
}

void Judge::check_triggers(const WrittenPart& part) {
  for (const std::string& output : part.outputs) {
    if (!output.starts_with("trigger ")) continue;
    std::string id = field(output, "triggerId");
    if (id.empty()) world_.violate("a trigger without an id: " + output);
    const bool first = trigger_ids_.insert(id).second;
    if (!first && run_.clocks_are_true) world_.violate("a trigger twice: " + output);
    if (run_.mode == ClockMode::kWall && run_.clocks_are_true) check_reminder(output);
  }
}

/// Nobody is reminded of what they did since, if the log had taken it in before the reminder was
/// due.
void Judge::check_reminder(const std::string& trigger) {
  if (field(trigger, "campaign") != "cart") return;
  Timestamp due;
  if (!parse_rfc3339(field(trigger, "time"), due)) {
    return world_.violate("a trigger without a time: " + trigger);
  }
  const Timestamp started = due - kReminderAfter;
  std::string user = field(trigger, "userId");
  if (user.empty()) user = field(trigger, "anonymousId");
  const std::string source = field(trigger, "sourceMessageId");
  bool begun = false;  // what came in before the first step can't cancel it
  for (const Happened& event : by_user_[user]) {
    begun |= event.message_id == source;
    if (!begun || event.name != "Order" || event.time <= started || event.time >= due) continue;
    if (event.appended < due) world_.violate("a reminder in spite of an order: " + trigger);
  }
}

Judge::State Judge::state_at(int32_t partition, int64_t position) const {
  State state;
  for (const ChangelogEntry& entry : world_.log.changelog(partition)) {
    if (entry.offset >= position) {
      // Without transactions a restore may find, and the store keep, what belongs to an epoch of
      // which no more has been written. It will find it again.
      if (run_.at_least_once && !entry.key.empty()) state.superseded.insert(entry.key);
      continue;
    }
    if (!world_.log.is_committed(entry.transaction)) continue;
    if (entry.key.empty()) {
      state.meta = entry.value;
      state.meta_superseded = entry.compacted;
      continue;
    }
    state.superseded.erase(entry.key);
    if (entry.compacted) state.superseded.insert(entry.key);
    if (entry.value.empty()) {
      state.customers.erase(entry.key);
    } else {
      state.customers[entry.key] = entry.value;
    }
  }
  return state;
}

void Judge::check_store(int32_t partition, CustomerStore& store, const std::string& where) {
  const std::string what = where + ", store of partition " + std::to_string(partition) +
                           " at position " + std::to_string(store.changelog_position());
  State expected = state_at(partition, store.changelog_position());
  std::map<std::string, std::string> found;
  std::set<std::pair<Timestamp, std::string>> wanted, timers;
  Status read = store.scan([&](std::string_view id, std::string_view bytes) {
    if (!expected.superseded.contains(std::string(id))) found.emplace(id, bytes);
  });
  if (read) {
    read = store.timers_from({}, [&](const StoredTimer& timer) {
      std::string id(timer.customer_id);
      if (!expected.superseded.contains(id)) timers.emplace(timer.due, std::move(id));
      return true;
    });
  }
  if (!read) return;  // a fault of the disk
  for (const std::string& id : expected.superseded) expected.customers.erase(id);
  std::string differs = difference(expected.customers, found);
  if (!differs.empty()) return world_.violate(what + ": " + differs);
  if (!expected.meta_superseded && store.meta() != expected.meta)
    world_.violate(what + ": the shard's own state differs");
  for (const auto& [id, bytes] : expected.customers) {
    Customer customer;
    if (!decode_customer(bytes, layout_, customer)) {
      world_.violate(what + ": customer " + id + " can't be read");
      continue;
    }
    Timestamp due = decider_->next_due(customer);
    if (due != Timestamp::never()) wanted.emplace(due, id);
  }
  if (timers != wanted) world_.violate(what + ": the timer index differs");
}

void Judge::check_end() {
  for (int32_t number = 0; number < world_.log.partitions(); ++number) {
    Partition& partition = *partitions_[static_cast<size_t>(number)];
    const std::string where = "partition " + std::to_string(number) + ", at the end";
    if (world_.log.committed_offset(number) != world_.log.end(number)) {
      world_.violate(where + ": not everything is committed");
      continue;
    }
    if (!is_straight()) continue;
    if (run_.at_least_once) {
      check_all_put_out(partition, where);
    } else if (partition.committed_outputs != partition.outputs.size()) {
      world_.violate(where + ": outputs are missing");
    }
    auto straight = partition.straight.take();
    if (!straight) return world_.violate(where + ": " + straight.error().message);
    std::string differs =
        difference(straight->changes, state_at(number, world_.log.changelog_end(number)).customers);
    if (!differs.empty()) world_.violate(where + ": " + differs);
  }
}

}  // namespace sapa::simulation
