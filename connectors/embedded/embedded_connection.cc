#include "connectors/embedded/embedded_connection.h"

#include <algorithm>

#include "connectors/embedded/embedded_log_state.h"
#include "engine/customer/timer_key.h"

namespace sapa {
namespace {

constexpr size_t kItemsPerRead = 1000;
constexpr size_t kBytesPerRead = size_t{1} << 20;

}  // namespace

EmbeddedConnection::EmbeddedConnection(std::shared_ptr<EmbeddedLog> log, int worker, int workers)
    : log_(std::move(log)) {
  for (int32_t partition = worker; partition < log_->partitions(); partition += workers) {
    inputs_.push_back(std::make_unique<Input>(partition));
  }
}

Status EmbeddedConnection::poll(Duration timeout, InputHandler& handler) {
  if (!assigned_) return assign(handler);
  wait_for_something(timeout);
  for (auto& input : inputs_) {
    if (!input->ready) continue;
    if (auto status = read(*input, handler); !status.ok()) return status;
  }
  answer_ends(handler);
  return {};
}

Status EmbeddedConnection::assign(InputHandler& handler) {
  std::vector<Assignment> assignments;
  for (auto& input : inputs_) {
    auto committed = log_->state_->log->committed(input->partition);
    if (!committed.ok()) return committed.error();
    input->next = committed->next_offset;
    assignments.push_back({input->partition, committed->next_offset});
  }
  assigned_ = true;
  handler.on_assigned(assignments);
  return {};
}

void EmbeddedConnection::wait_for_something(Duration timeout) {
  bool end_wanted = std::any_of(inputs_.begin(), inputs_.end(),
                                [](const auto& input) { return input->end_wanted; });
  auto enough = [&](const embedded::LogEnds& ends) {
    if (end_wanted || woken_) return true;
    return std::any_of(inputs_.begin(), inputs_.end(), [&](const auto& input) {
      return input->ready && input->next < ends.events[static_cast<size_t>(input->partition)];
    });
  };
  log_->state_->progress->wait(timeout, enough, [this] { woken_ = false; });
}

Status EmbeddedConnection::read(Input& input, InputHandler& handler) {
  const embedded::LogDatabase& log = *log_->state_->log;
  int64_t end = log_->state_->progress->end_of_events(input.partition);
  int64_t next = input.next;
  if (next >= end) return {};
  arena_.reset();
  items_.clear();
  std::string upper_key = embedded::event_key(input.partition, end);
  rocksdb::Slice upper(upper_key);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> at(log.db().NewIterator(options, log.events()));
  for (at->Seek(embedded::event_key(input.partition, next)); at->Valid(); at->Next()) {
    std::string_view key = embedded::as_view(at->key());
    embedded::StoredEvent event;
    if (key.size() != embedded::kPartitionBytes + 8 ||
        !embedded::read_event(embedded::as_view(at->value()), event)) {
      return log.error(rocksdb::Status::Corruption("an event's bytes"), "reading events");
    }
    InputItem item;
    item.partition = input.partition;
    item.offset = static_cast<int64_t>(read_big_endian(key.substr(embedded::kPartitionBytes)));
    item.record.key = arena_.copy(event.key);
    item.record.value = arena_.copy(event.value);
    item.record.received = event.received;
    items_.push_back(item);
    next = item.offset + 1;
    if (items_.size() >= kItemsPerRead || arena_.bytes_used() >= kBytesPerRead) break;
  }
  if (!at->status().ok()) return log.error(at->status(), "reading events");
  if (!at->Valid() && next < end) {
    // A hole at the end, left by a write that failed half-way.
    InputItem item;
    item.kind = InputItem::Kind::kReadTo;
    item.partition = input.partition;
    item.offset = next = end;
    items_.push_back(item);
  }
  input.next = next;
  handler.on_items(items_);
  return {};
}

void EmbeddedConnection::answer_ends(InputHandler& handler) {
  items_.clear();
  for (auto& input : inputs_) {
    if (!input->end_wanted) continue;
    input->end_wanted = false;
    auto end = log_->state_->progress->end_as_of(input->partition, log_->state_->wall_clock());
    InputItem item;
    item.kind = InputItem::Kind::kEnd;
    item.partition = input->partition;
    item.offset = end.offset;
    item.as_of = end.as_of;
    items_.push_back(item);
  }
  if (!items_.empty()) handler.on_items(items_);
}

EmbeddedConnection::Input* EmbeddedConnection::find(int32_t partition) {
  for (auto& input : inputs_) {
    if (input->partition == partition) return input.get();
  }
  return nullptr;
}

void EmbeddedConnection::start_reading(int32_t partition) {
  if (Input* input = find(partition)) input->ready = true;
}

void EmbeddedConnection::ask_for_end(int32_t partition) {
  if (Input* input = find(partition)) input->end_wanted = true;
}

Status EmbeddedConnection::restore(int32_t, int64_t, StateSink&, RestoreProgress&,
                                   std::stop_token) {
  return {};
}

Status EmbeddedConnection::commit(Epoch& epoch) {
  if (!log_->state_->writer) return internal_error("the embedded log is open for reading only");
  return log_->state_->writer->commit(epoch);
}

int64_t EmbeddedConnection::lag(int32_t partition) const {
  for (const auto& input : inputs_) {
    if (input->partition != partition) continue;
    return std::max<int64_t>(0,
                             log_->state_->progress->end_of_events(partition) - input->next.load());
  }
  return -1;
}

void EmbeddedConnection::wake() {
  log_->state_->progress->wake([this] { woken_ = true; });
}

std::string EmbeddedConnection::health() const { return log_->health(); }

}  // namespace sapa
