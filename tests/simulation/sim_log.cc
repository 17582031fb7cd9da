#include "tests/simulation/sim_log.h"

#include <algorithm>
#include <cassert>

namespace sapa::simulation {

const char* name(Answer answer) {
  switch (answer) {
    case Answer::kOk:
      return "ok";
    case Answer::kFenced:
      return "fenced";
    case Answer::kInvalidState:
      return "invalid transaction state";
    case Answer::kNotAMember:
      return "not a member, or of an old generation";
  }
  return "";
}

SimLog::SimLog(int partitions, Trace& trace)
    : trace_(trace),
      group_(partitions, trace),
      inputs_(static_cast<size_t>(partitions)),
      offsets_(static_cast<size_t>(partitions), 0),
      changelogs_(static_cast<size_t>(partitions)),
      changelog_next_(static_cast<size_t>(partitions), 0) {}

void SimLog::append(int32_t partition, InputEntry entry) {
  inputs_[index(partition)].push_back(std::move(entry));
}

const InputEntry& SimLog::input(int32_t partition, int64_t offset) const {
  return inputs_[index(partition)][static_cast<size_t>(offset)];
}

int64_t SimLog::end(int32_t partition) const {
  return static_cast<int64_t>(inputs_[index(partition)].size());
}

int SimLog::init_producer(const std::string& producer) {
  Producer& state = producers_[producer];
  if (state.open != 0) decide(*transactions_[state.open - 1], false);
  complete_transactions_of(producer);
  return ++state.epoch;
}

/// A producer's next transaction waits until the last one has all its markers.
void SimLog::complete_transactions_of(const std::string& producer) {
  for (uint64_t number : std::vector<uint64_t>(undone_.begin(), undone_.end())) {
    Transaction& transaction = *transactions_[number - 1];
    if (transaction.producer != producer) continue;
    for (int32_t partition : transaction.offsets_pending) {
      if (!transaction.committed()) continue;
      offsets_[index(partition)] = transaction.parts[partition].next_offset;
    }
    transaction.offsets_pending.clear();
    for (int32_t partition : transaction.changelog_marker) ++changelog_next_[index(partition)];
    transaction.changelog_marker.clear();
    complete_if_done(transaction);
  }
}

Answer SimLog::begin(const std::string& producer, int epoch, int64_t now_ms,
                     std::shared_ptr<const History> history) {
  Producer& state = producers_[producer];
  if (state.epoch != epoch) return Answer::kFenced;
  if (state.open != 0) return Answer::kInvalidState;
  complete_transactions_of(producer);
  auto transaction = std::make_unique<Transaction>();
  transaction->number = transactions_.size() + 1;
  transaction->producer = producer;
  transaction->producer_epoch = epoch;
  transaction->begun_ms = now_ms;
  transaction->history = std::move(history);
  state.open = transaction->number;
  transactions_.push_back(std::move(transaction));
  return Answer::kOk;
}

Result<Transaction*> SimLog::open_transaction(const std::string& producer, int epoch,
                                              Answer& answer) {
  Producer& state = producers_[producer];
  answer = state.epoch != epoch ? Answer::kFenced
           : state.open == 0    ? Answer::kInvalidState
                                : Answer::kOk;
  if (answer != Answer::kOk) return internal_error(name(answer));
  return transactions_[state.open - 1].get();
}

Answer SimLog::add_offsets(const std::string& producer, int epoch, const GroupMember& member,
                           const std::map<int32_t, int64_t>& offsets) {
  Answer answer;
  auto transaction = open_transaction(producer, epoch, answer);
  if (!transaction) return answer;
  if (!group_.accepts(member)) return Answer::kNotAMember;
  for (const auto& [partition, offset] : offsets) {
    (*transaction)->parts[partition].next_offset = offset;
    (*transaction)->offsets.insert(partition);
    (*transaction)->offsets_pending.insert(partition);
  }
  return Answer::kOk;
}

Answer SimLog::write_outputs(const std::string& producer, int epoch, int32_t partition,
                             std::vector<std::string> outputs) {
  Answer answer;
  auto transaction = open_transaction(producer, epoch, answer);
  if (!transaction) return answer;
  auto& to = (*transaction)->parts[partition].outputs;
  for (std::string& output : outputs) to.push_back(std::move(output));
  return Answer::kOk;
}

Answer SimLog::write_change(const std::string& producer, int epoch, int32_t partition,
                            std::string key, std::string value) {
  Answer answer;
  auto transaction = open_transaction(producer, epoch, answer);
  if (!transaction) return answer;
  (*transaction)->parts[partition].changes[key] = value;
  (*transaction)->changelog_marker.insert(partition);
  changelogs_[index(partition)].push_back({changelog_next_[index(partition)]++, std::move(key),
                                           std::move(value), (*transaction)->number});
  return Answer::kOk;
}

Answer SimLog::write_meta(const std::string& producer, int epoch, int32_t partition,
                          std::string meta, int64_t& offset) {
  Answer answer;
  auto transaction = open_transaction(producer, epoch, answer);
  if (!transaction) return answer;
  WrittenPart& part = (*transaction)->parts[partition];
  part.meta = meta;
  part.meta_offset = offset = changelog_next_[index(partition)]++;
  (*transaction)->changelog_marker.insert(partition);
  changelogs_[index(partition)].push_back({offset, "", std::move(meta), (*transaction)->number});
  return Answer::kOk;
}

Answer SimLog::end_transaction(const std::string& producer, int epoch, bool commit) {
  Answer answer;
  auto transaction = open_transaction(producer, epoch, answer);
  if (!transaction) return answer;
  decide(**transaction, commit);
  return Answer::kOk;
}

void SimLog::write_plain_output(int32_t partition, const std::string& output) {
  on_plain_output(partition, output);
}

int64_t SimLog::write_plain_state(int32_t partition, std::string key, std::string value) {
  const int64_t offset = changelog_next_[index(partition)]++;
  changelogs_[index(partition)].push_back({offset, std::move(key), std::move(value)});
  return offset;
}

Answer SimLog::commit_offsets(const GroupMember& member,
                              const std::map<int32_t, int64_t>& offsets) {
  if (!group_.accepts(member)) return Answer::kNotAMember;
  for (const auto& [partition, offset] : offsets) {
    offsets_[index(partition)] = offset;
    on_plain_offset(partition, offset);
  }
  return Answer::kOk;
}

void SimLog::decide(Transaction& transaction, bool commit) {
  assert(!transaction.decided());
  trace_.line("log: transaction {} of {} is {}", transaction.number, transaction.producer,
              commit ? "committed" : "aborted");
  transaction.state = commit ? Transaction::State::kCommitting : Transaction::State::kAborting;
  producers_[transaction.producer].open = 0;
  undone_.insert(transaction.number);
  if (commit && on_committed) on_committed(transaction);
  complete_if_done(transaction);
}

void SimLog::complete_if_done(Transaction& transaction) {
  if (!transaction.offsets_pending.empty() || !transaction.changelog_marker.empty()) return;
  transaction.state =
      transaction.committed() ? Transaction::State::kCommitted : Transaction::State::kAborted;
  undone_.erase(transaction.number);
}

void SimLog::write_marker(uint64_t choice) {
  if (undone_.empty()) return;
  auto at = undone_.begin();
  std::advance(at, static_cast<int64_t>(choice % undone_.size()));
  Transaction& transaction = *transactions_[*at - 1];
  size_t wanted = transaction.offsets_pending.size() + transaction.changelog_marker.size();
  size_t which = (choice >> 32) % wanted;
  std::set<int32_t>& from = which < transaction.offsets_pending.size()
                                ? transaction.offsets_pending
                                : transaction.changelog_marker;
  if (&from == &transaction.changelog_marker) which -= transaction.offsets_pending.size();
  auto chosen = from.begin();
  std::advance(chosen, static_cast<int64_t>(which));
  const int32_t partition = *chosen;
  const bool is_offset = &from == &transaction.offsets_pending;
  from.erase(chosen);
  if (!is_offset) {
    ++changelog_next_[index(partition)];
  } else if (transaction.committed()) {
    offsets_[index(partition)] = transaction.parts[partition].next_offset;
  }
  complete_if_done(transaction);
}

void SimLog::write_all_markers() {
  while (!undone_.empty()) write_marker(0);
}

void SimLog::abort_older_than(int64_t began_before_ms) {
  for (auto& [name, producer] : producers_) {
    if (producer.open == 0) continue;
    Transaction& transaction = *transactions_[producer.open - 1];
    if (transaction.begun_ms >= began_before_ms) continue;
    trace_.line("log: transaction {} has timed out", transaction.number);
    ++producer.epoch;  // as the coordinator does: the owner is fenced
    decide(transaction, false);
  }
}

std::optional<int64_t> SimLog::stable_offset(int32_t partition) const {
  for (const auto& transaction : transactions_) {
    if (transaction->offsets_pending.contains(partition)) return std::nullopt;
  }
  return offsets_[index(partition)];
}

int64_t SimLog::last_stable(int32_t partition) const {
  for (const ChangelogEntry& entry : changelogs_[index(partition)]) {
    if (entry.transaction == 0) continue;
    const Transaction& transaction = *transactions_[entry.transaction - 1];
    if (!transaction.decided() || transaction.changelog_marker.contains(partition)) {
      return entry.offset;
    }
  }
  return changelog_next_[index(partition)];
}

const ChangelogEntry* SimLog::next_committed(int32_t partition, int64_t from, int64_t limit) const {
  const auto& entries = changelogs_[index(partition)];
  auto at =
      std::lower_bound(entries.begin(), entries.end(), from,
                       [](const ChangelogEntry& e, int64_t offset) { return e.offset < offset; });
  for (; at != entries.end() && at->offset < limit; ++at) {
    if (!at->compacted && is_committed(at->transaction)) return &*at;
  }
  return nullptr;
}

bool SimLog::is_committed(uint64_t transaction) const {
  return transaction == 0 || transactions_[transaction - 1]->committed();
}

void SimLog::compact(int32_t partition, int64_t keep_last) {
  const int64_t limit = last_stable(partition) - keep_last;
  std::set<std::string> newer;
  auto& entries = changelogs_[index(partition)];
  for (auto at = entries.rbegin(); at != entries.rend(); ++at) {
    if (at->offset >= limit || !is_committed(at->transaction)) continue;
    if (!newer.insert(at->key).second) at->compacted = true;
  }
  trace_.line("log: changelog {} is compacted up to {}", partition, limit);
}

}  // namespace sapa::simulation
