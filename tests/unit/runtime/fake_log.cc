#include "tests/unit/runtime/fake_log.h"

#include <chrono>
#include <thread>

#include "engine/base/json.h"

namespace sapa {

std::vector<std::vector<std::string>> FakeLog::triggers_by_epoch() const {
  std::lock_guard lock(mutex_);
  std::vector<std::vector<std::string>> epochs;
  int last = -1;
  Arena arena;
  JsonReader reader;
  for (const Output& output : visible_) {
    if (output.stream != Stream::kTriggers) continue;
    if (std::exchange(last, output.commit) != output.commit) epochs.emplace_back();
    Value trigger = *reader.read(output.value, arena);
    epochs.back().push_back(std::string(trigger.field("campaign").as_string()) + " " +
                            std::string(trigger.field("userId").as_string()) + " " +
                            std::string(trigger.field("sourceMessageId").as_string()));
  }
  return epochs;
}

std::vector<std::string> FakeLog::triggers() const {
  std::vector<std::string> lines;
  for (const auto& epoch : triggers_by_epoch())
    lines.insert(lines.end(), epoch.begin(), epoch.end());
  return lines;
}

Status FakeConnection::assign(InputHandler& handler) {
  {
    std::lock_guard lock(log_.mutex_);
    next_ = log_.committed_offset_;
  }
  Assignment assignment{0, next_};
  holds_ = true;
  reading_ = false;
  handler.on_assigned({&assignment, 1});
  return {};
}

Status FakeConnection::poll(Duration timeout, InputHandler& handler) {
  FakeLog::Action action;
  {
    std::lock_guard lock(log_.mutex_);
    if (!log_.actions_.empty()) {
      action = std::move(log_.actions_.front());
      log_.actions_.pop_front();
    }
  }
  if (action) return action(*this, handler);
  if (!std::exchange(assigned_, true)) return assign(handler);
  if (holds_ && reading_ && deliver(handler)) return {};
  std::unique_lock lock(wake_mutex_);
  woken_.wait_for(lock, std::chrono::milliseconds(std::min<int64_t>(timeout.ms, 2)),
                  [this] { return wake_; });
  wake_ = false;
  return {};
}

bool FakeConnection::deliver(InputHandler& handler) {
  std::vector<InputItem> items;
  {
    std::lock_guard lock(log_.mutex_);
    auto end = static_cast<int64_t>(log_.records_.size());
    for (; next_ < end && items.size() < 20; ++next_) {
      const FakeLog::Record& record = log_.records_[static_cast<size_t>(next_)];
      InputItem item;
      item.offset = next_;
      item.record.value = record.value;
      item.record.received = record.received;
      items.push_back(item);
    }
    if (!items.empty() && next_ == end) {
      InputItem read_to;
      read_to.kind = InputItem::Kind::kReadTo;
      read_to.offset = end;
      items.push_back(read_to);
    }
    if (asked_ && next_ == end) {
      asked_ = false;
      InputItem answer;
      answer.kind = InputItem::Kind::kEnd;
      answer.offset = end;
      answer.as_of = log_.wall();
      items.push_back(answer);
    }
  }
  if (items.empty()) return false;
  handler.on_items(items);
  return true;
}

Status FakeConnection::restore(int32_t, int64_t from_position, StateSink& sink, RestoreProgress&,
                               std::stop_token) {
  std::vector<FakeLog::ChangelogEntry> changelog;
  {
    std::lock_guard lock(log_.mutex_);
    changelog = log_.changelog_;
  }
  for (size_t i = 0; i < changelog.size(); ++i) {
    auto position = static_cast<int64_t>(i);
    if (position <= from_position) continue;
    const auto& [id, bytes] = changelog[i];
    Status put =
        id.empty() ? sink.put_meta(bytes, position) : sink.put_customer(id, bytes, position);
    if (!put) return put;
  }
  return {};
}

Status FakeConnection::commit(Epoch& epoch) {
  ++log_.commits_begun_;
  while (!log_.may_commit) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::lock_guard lock(log_.mutex_);
  CommitFate fate = CommitFate::kSucceeds;
  if (!log_.fates_.empty()) {
    fate = log_.fates_.front();
    log_.fates_.pop_front();
  }
  if (fate == CommitFate::kFailsWithoutEffect) return environment_error("the commit timed out");
  for (ShardEpoch& part : epoch.shards) {
    for (const CustomerChange& change : part.changes) {
      log_.changelog_.push_back({std::string(change.customer_id), std::string(change.bytes)});
    }
    log_.changelog_.push_back({"", std::string(part.meta)});
    part.changelog_position = static_cast<int64_t>(log_.changelog_.size()) - 1;
    for (const OutputRecord& record : part.outputs) {
      log_.visible_.push_back({record.stream, std::string(record.value), log_.commits_});
    }
    log_.committed_offset_ = part.next_offset;
  }
  ++log_.commits_;
  if (fate == CommitFate::kFailsAfterItsEffect) return environment_error("the commit timed out");
  return {};
}

void FakeConnection::wake() {
  {
    std::lock_guard lock(wake_mutex_);
    wake_ = true;
  }
  woken_.notify_all();
}

}  // namespace sapa
