#include "tests/simulation/sim_connection.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "tests/simulation/commit_steps.h"
#include "tests/simulation/fiber.h"

namespace sapa::simulation {

SimConnection::SimConnection(Surroundings& surroundings, Host host)
    : world_(surroundings), host_(std::move(host)) {
  producer_epoch_ = world_.log.init_producer(host_.name);
  world_.trace.line("{}: connects, producer epoch {}", host_.name, producer_epoch_);
}

SimConnection::~SimConnection() {
  if (host_.alive() && member_id_ != 0) world_.log.group().leave(member_id_);
  host_.gone();
}

void SimConnection::heartbeat() {
  if (member_id_ != 0) (void)world_.log.group().heartbeat(member_id_, world_.now_ms);
}

std::vector<int32_t> SimConnection::reading() const {
  std::vector<int32_t> numbers;
  for (const auto& [number, partition] : partitions_) {
    if (partition.reading) numbers.push_back(number);
  }
  return numbers;
}

void SimConnection::drop() {
  partitions_.clear();
  told_.clear();
  questions_.clear();
  granted_.reset();
}

Status SimConnection::poll(Duration, InputHandler& handler) {
  if (!host_.alive()) return environment_error("the process is dead");
  SimGroup& group = world_.log.group();
  if (phase_ != Phase::kUnjoined && !granted_) {
    Pulse pulse = group.heartbeat(member_id_, world_.now_ms);
    if (pulse != Pulse::kStable) {
      const bool held = phase_ == Phase::kHolding;
      if (held && pulse == Pulse::kUnknown) {
        world_.trace.line("{}: has lost its partitions", host_.name);
        drop();  // before the worker is told: nothing of them may be committed any more
        handler.on_lost();
      } else if (held) {
        world_.trace.line("{}: gives up its partitions", host_.name);
        handler.on_revoked();
      }
      drop();
      phase_ = Phase::kUnjoined;
      return {};
    }
  }
  switch (phase_) {
    case Phase::kUnjoined:
      member_id_ = group.join(member_id_, host_.instance, world_.now_ms);
      phase_ = Phase::kJoining;
      return {};
    case Phase::kJoining:
      return assign(handler);
    case Phase::kHolding:
      deliver(handler);
      return {};
  }
  return {};
}

/// As in connectors/kafka: the group's metadata is that of the assignment, and where a partition
/// starts is asked for as a stable offset, which waits for a predecessor's open transaction. Until
/// the worker has been told, nothing else is heard of the group.
Status SimConnection::assign(InputHandler& handler) {
  if (!granted_) {
    granted_ = world_.log.group().assignment(member_id_);
    if (!granted_) return {};
    generation_ = granted_->generation;
    member_id_as_assigned_ = member_id_;
  }
  if (world_.random.permille(world_.faults.late_assignment)) return {};
  std::vector<Assignment> assignments;
  for (int32_t partition : granted_->partitions) {
    auto offset = world_.log.stable_offset(partition);
    if (!offset) return {};
    assignments.push_back({partition, *offset});
  }
  granted_.reset();
  phase_ = Phase::kHolding;
  for (const Assignment& assignment : assignments) {
    partitions_[assignment.partition] = {assignment.next_offset, false};
    world_.trace.line("{}: takes partition {} from offset {}", host_.name, assignment.partition,
                      assignment.next_offset);
  }
  if (!assignments.empty()) handler.on_assigned(assignments);
  return {};
}

void SimConnection::start_reading(int32_t partition) {
  if (!holds(partition)) return;
  partitions_[partition].reading = true;
  tell_rules(partition);
}

bool SimConnection::deliver(InputHandler& handler) {
  std::vector<int32_t> ready;
  for (const auto& [number, partition] : partitions_) {
    if (partition.reading && partition.next_offset < world_.log.end(number)) {
      ready.push_back(number);
    }
  }
  std::vector<InputItem> items;
  if (!ready.empty() && !world_.random.one_in(4)) {
    add_records(ready[world_.random.below(ready.size())], items);
  }
  if (!questions_.empty() && world_.random.one_in(2)) add_answer(items);
  if (items.empty()) return false;
  handler.on_items(items);
  return true;
}

void SimConnection::add_item(InputItem item, std::vector<InputItem>& items) {
  Told told;
  told.offset = item.offset;
  told.time = host_.wall();
  if (item.kind == InputItem::Kind::kReadTo) told.kind = Told::Kind::kReadTo;
  if (item.kind == InputItem::Kind::kEnd) {
    told.kind = Told::Kind::kEnd;
    told.time = item.as_of;
  }
  told_[item.partition].push_back(told);
  items.push_back(item);
}

void SimConnection::add_records(int32_t partition, std::vector<InputItem>& items) {
  int64_t& next = partitions_[partition].next_offset;
  const int64_t end = world_.log.end(partition);
  int64_t from = next;
  if (world_.random.permille(world_.faults.redelivery)) {
    from = std::max<int64_t>(0, next - world_.random.between(1, 5));
  }
  const int64_t to = std::min(end, next + world_.random.between(1, 12));
  for (int64_t offset = next; offset < to; ++offset) {
    const InputEntry& entry = world_.log.input(partition, offset);
    if (!entry.marker) host_.witness(entry.received);
  }
  for (int64_t offset = from; offset < to; ++offset) {
    const InputEntry& entry = world_.log.input(partition, offset);
    if (entry.marker) continue;
    InputItem item;
    item.partition = partition;
    item.offset = offset;
    item.record.key = entry.key;
    item.record.value = entry.value;
    item.record.received = entry.received;
    add_item(item, items);
  }
  next = to;
  if (next < end && !world_.log.input(partition, next - 1).marker) return;
  InputItem read_to;
  read_to.kind = InputItem::Kind::kReadTo;
  read_to.partition = partition;
  read_to.offset = next;
  add_item(read_to, items);
}

void SimConnection::ask_for_end(int32_t partition) {
  if (world_.random.permille(world_.faults.no_answer)) return;
  questions_.push_back({partition, host_.wall()});
}

void SimConnection::add_answer(std::vector<InputItem>& items) {
  Question question = questions_.front();
  questions_.pop_front();
  if (!holds(question.partition) || !partitions_[question.partition].reading) return;
  InputItem item;
  item.kind = InputItem::Kind::kEnd;
  item.partition = question.partition;
  item.offset = world_.log.end(question.partition);
  item.as_of = question.as_of;
  add_item(item, items);
}

void SimConnection::told_timers(int32_t partition, Timestamp wall) {
  if (!holds(partition) || !partitions_[partition].reading) return;
  told_[partition].push_back({Told::Kind::kFireTimers, 0, wall, nullptr});
}

void SimConnection::told_rules() {
  for (int32_t partition : reading()) tell_rules(partition);
}

void SimConnection::tell_rules(int32_t partition) {
  Told told{Told::Kind::kRules, 0, {}, std::make_shared<const Rules>(host_.rules())};
  told_[partition].push_back(std::move(told));
}

std::shared_ptr<const History> SimConnection::take_history(const Epoch& epoch) {
  auto history = std::make_shared<History>();
  for (const ShardEpoch& part : epoch.shards) {
    told_timers(part.partition, host_.wall());
    (*history)[part.partition] = std::move(told_[part.partition]);
    told_.erase(part.partition);
  }
  return history;
}

/// As in connectors/kafka the end is the uncommitted one at the start, and what is undecided before
/// it is waited for.
Status SimConnection::restore(int32_t partition, int64_t from_position, StateSink& sink,
                              RestoreProgress& progress, std::stop_token stop) {
  const int64_t end = world_.log.changelog_end(partition);
  world_.trace.line("{}: restores partition {} from position {} to {}", host_.name, partition,
                    from_position, end);
  if (from_position > end) {
    world_.violate("a store of partition " + std::to_string(partition) + " is ahead of the log");
  }
  int64_t next = std::max<int64_t>(0, from_position);
  while (next < end) {
    Fiber::stand_still();
    if (stop.stop_requested() || !host_.alive()) return environment_error("told to stop");
    if (world_.random.permille(world_.faults.restore_fails)) {
      return environment_error("the changelog can't be reached");
    }
    const int64_t limit = std::min(end, world_.log.last_stable(partition));
    for (int64_t most = world_.random.between(1, 40); most > 0 && next < limit; --most) {
      const ChangelogEntry* entry = world_.log.next_committed(partition, next, limit);
      next = entry == nullptr ? limit : entry->offset + 1;
      if (entry == nullptr) break;
      Status put = entry->key.empty() ? sink.put_meta(entry->value, next)
                                      : sink.put_customer(entry->key, entry->value, next);
      if (!put) return put;
    }
    progress.position = next;
  }
  return {};
}

Status SimConnection::commit(Epoch& epoch) {
  CommitSteps steps(world_, *this, epoch);
  while (!steps.step()) {
  }
  return steps.outcome();
}

int64_t SimConnection::lag(int32_t partition) const {
  auto at = partitions_.find(partition);
  return at == partitions_.end() ? -1 : world_.log.end(partition) - at->second.next_offset;
}

}  // namespace sapa::simulation
