#include "tests/simulation/commit_steps.h"

namespace sapa::simulation {

CommitSteps::CommitSteps(Surroundings& world, SimConnection& connection, Epoch& epoch)
    : world_(world),
      connection_(connection),
      producer_(connection.host().name),
      producer_epoch_(connection.producer_epoch()) {
  check_right(epoch);
  if (connection.host().at_least_once) {
    plan_at_least_once(epoch);
  } else {
    plan(epoch);
  }
}

void CommitSteps::check_right(const Epoch& epoch) {
  if (connection_.spoiled) world_.violate(producer_ + " commits after a commit that failed");
  for (const ShardEpoch& part : epoch.shards) {
    if (connection_.holds(part.partition)) continue;
    world_.violate(producer_ + " commits work of partition " + std::to_string(part.partition) +
                   ", which it does not hold");
  }
}

/// In the order of connectors/kafka: offsets, outputs, state, end.
void CommitSteps::plan(Epoch& epoch) {
  auto history = connection_.take_history(epoch);
  requests_.push_back([this, history] {
    return world_.log.begin(producer_, producer_epoch_, world_.now_ms, history);
  });
  std::map<int32_t, int64_t> offsets;
  for (const ShardEpoch& part : epoch.shards) offsets[part.partition] = part.next_offset;
  requests_.push_back([this, offsets, member = connection_.member()] {
    return world_.log.add_offsets(producer_, producer_epoch_, member, offsets);
  });
  for (const ShardEpoch& part : epoch.shards) {
    if (part.outputs.empty()) continue;
    std::vector<std::string> outputs;
    for (const OutputRecord& output : part.outputs) outputs.push_back(output_text(output));
    requests_.push_back([this, partition = part.partition, outputs = std::move(outputs)] {
      return world_.log.write_outputs(producer_, producer_epoch_, partition, outputs);
    });
  }
  for (ShardEpoch& part : epoch.shards) plan_state(part);
  requests_.push_back(
      [this] { return world_.log.end_transaction(producer_, producer_epoch_, true); });
}

void CommitSteps::plan_state(ShardEpoch& part) {
  for (const CustomerChange& change : part.changes) {
    requests_.push_back([this, partition = part.partition, key = std::string(change.customer_id),
                         value = std::string(change.bytes)] {
      return world_.log.write_change(producer_, producer_epoch_, partition, key, value);
    });
  }
  requests_.push_back([this, &part, meta = std::string(part.meta)] {
    int64_t offset = -1;
    Answer answer = world_.log.write_meta(producer_, producer_epoch_, part.partition, meta, offset);
    part.changelog_position = offset + 1;
    return answer;
  });
}

/// Outputs, state, offsets; each shard's state in order, its own last.
void CommitSteps::plan_at_least_once(Epoch& epoch) {
  (void)connection_.take_history(epoch);
  SimLog& log = world_.log;
  for (const ShardEpoch& part : epoch.shards) {
    for (const OutputRecord& output : part.outputs) {
      requests_.push_back([&log, partition = part.partition, text = output_text(output)] {
        log.write_plain_output(partition, text);
        return Answer::kOk;
      });
    }
  }
  std::map<int32_t, int64_t> offsets;
  for (ShardEpoch& part : epoch.shards) {
    for (const CustomerChange& change : part.changes) {
      requests_.push_back([&log, partition = part.partition, key = std::string(change.customer_id),
                           value = std::string(change.bytes)] {
        log.write_plain_state(partition, key, value);
        return Answer::kOk;
      });
    }
    requests_.push_back([&log, &part, meta = std::string(part.meta)] {
      part.changelog_position = log.write_plain_state(part.partition, "", meta) + 1;
      return Answer::kOk;
    });
    offsets[part.partition] = part.next_offset;
  }
  requests_.push_back([&log, offsets, member = connection_.member()] {
    return log.commit_offsets(member, offsets);
  });
}

bool CommitSteps::step() {
  const bool last = next_ + 1 == requests_.size();
  if (world_.random.permille(world_.faults.commit_fails)) {
    uint64_t how = world_.random.below(3);
    if (how == 1) (void)requests_[next_]();
    const bool late = how == 2 && last && !connection_.host().at_least_once;
    if (late) world_.late_requests.push_back({producer_, producer_epoch_, true});
    fail(how == 1 ? "the answer is lost" : late ? "it comes late" : "it is lost");
    return true;
  }
  Answer answer = requests_[next_++]();
  if (answer != Answer::kOk) {
    fail(name(answer));
    return true;
  }
  return last;
}

void CommitSteps::fail(const std::string& why) {
  connection_.spoiled = true;
  world_.trace.line("{}: commit fails at request {} of {}: {}", producer_, next_ + 1,
                    requests_.size(), why);
  outcome_ = environment_error("the commit failed: " + why);
  // Aborting is only a courtesy: it may not get through either.
  if (!connection_.host().at_least_once && world_.random.one_in(2)) {
    (void)world_.log.end_transaction(producer_, producer_epoch_, false);
  }
}

void CommitSteps::die() {
  if (next_ < requests_.size() && world_.random.one_in(3)) (void)requests_[next_]();
}

}  // namespace sapa::simulation
