#include "engine/runtime/protocol.h"

#include <cassert>

namespace sapa {

using enum Happened;

bool Protocol::can_happen(Happened what) const {
  switch (phase_) {
    case Phase::kDisconnected:
      return what == kConnected || what == kConnectFailed || what == kStopAsked;
    case Phase::kWorking:
      switch (what) {
        case kConnected:
        case kConnectFailed:
          return false;
        case kAssigned:
        case kEpochDue:
        case kRevoked:
        case kLost:
        case kFailed:
        case kStopAsked:
          return true;
        case kShardOpened:
        case kShardFailed:
          return !opening_.empty();
        case kSubmitted:
        case kNothingToCommit:
        case kCommitted:
        case kCommitFailed:
          return committing_;
      }
      return false;
    case Phase::kHandingOver:
    case Phase::kStopping:
      return what == kSubmitted || what == kNothingToCommit || what == kCommitted ||
             what == kCommitFailed || what == kFailed || what == kStopAsked;
    case Phase::kLosing:
    case Phase::kFailing:
      return what == kCommitted || what == kCommitFailed || what == kFailed || what == kSubmitted ||
             what == kNothingToCommit || what == kStopAsked;
    case Phase::kEnded:
      return what == kStopAsked || what == kFailed;
  }
  return false;
}

const std::vector<Step>& Protocol::on(const Fact& fact) {
  assert(can_happen(fact.what));
  steps_.clear();
  if (fact.what == kStopAsked) stop_asked_ = true;
  if (is_failure_at_work(fact.what)) {
    committing_ &= fact.what != kCommitFailed;
    fail(fact.passes);
    return steps_;
  }
  switch (phase_) {
    case Phase::kDisconnected:
      on_disconnected(fact);
      break;
    case Phase::kWorking:
      on_working(fact);
      break;
    case Phase::kHandingOver:
    case Phase::kStopping:
      on_draining(fact);
      break;
    case Phase::kLosing:
      on_losing(fact);
      break;
    case Phase::kFailing:
      on_failing(fact);
      break;
    case Phase::kEnded:
      break;
  }
  return steps_;
}

/// One that is treated the same whatever was being done.
bool Protocol::is_failure_at_work(Happened what) const {
  if (phase_ == Phase::kDisconnected || phase_ == Phase::kFailing || phase_ == Phase::kEnded) {
    return false;
  }
  return what == kFailed || what == kShardFailed || what == kCommitFailed;
}

void Protocol::on_disconnected(const Fact& fact) {
  if (fact.what == kConnected && !stop_asked_) {
    phase_ = Phase::kWorking;
  } else if (fact.what == kConnectFailed && fact.passes && !stop_asked_) {
    say(Do::kPause);
  } else {
    phase_ = Phase::kEnded;
    say(Do::kEnd);
  }
}

void Protocol::on_working(const Fact& fact) {
  switch (fact.what) {
    case kAssigned:
      assert(!opening_.contains(fact.partition) && !admitted_.contains(fact.partition));
      opening_.insert(fact.partition);
      return say(Do::kOpenShard, fact.partition);
    case kShardOpened:
      opening_.erase(fact.partition);
      admitted_.insert(fact.partition);
      return say(Do::kAdmitShard, fact.partition);
    case kEpochDue:
      if (committing_ || admitted_.empty()) return;
      committing_ = true;
      return say(Do::kSubmitEpoch);
    case kNothingToCommit:
      committing_ = false;
      return;
    case kCommitted:
      committing_ = false;
      return say(Do::kApplyEpoch);
    case kRevoked:
      return drain(Phase::kHandingOver);
    case kStopAsked:
      return drain(Phase::kStopping);
    case kLost:
      return lose();
    default:
      return;
  }
}

/// What is done is committed: first what is under way, then the rest.
void Protocol::drain(Phase phase) {
  phase_ = phase;
  cancel_opening();
  last_epoch_ = !committing_;
  if (committing_) return say(Do::kAwaitCommit);
  committing_ = true;
  say(Do::kSubmitEpoch);
}

void Protocol::on_draining(const Fact& fact) {
  switch (fact.what) {
    case kSubmitted:
      return say(Do::kAwaitCommit);
    case kCommitted:
      say(Do::kApplyEpoch);
      if (!last_epoch_) {
        last_epoch_ = true;
        return say(Do::kSubmitEpoch);
      }
      [[fallthrough]];
    case kNothingToCommit:
      committing_ = false;
      say(Do::kCheckpoint);
      if (phase_ == Phase::kStopping) {
        close_and_disconnect();
        phase_ = Phase::kEnded;
        return say(Do::kEnd);
      }
      return go_on();
    default:
      return;
  }
}

/// Without shards. A stop that was asked meanwhile is drained at once: nothing is left to commit.
void Protocol::go_on() {
  close();
  phase_ = Phase::kWorking;
  if (stop_asked_) drain(Phase::kStopping);
}

void Protocol::lose() {
  cancel_opening();
  say(Do::kDropWork);
  if (!committing_) return close();
  phase_ = Phase::kLosing;
  say(Do::kAwaitCommit);
}

/// What became of the commit is no matter to shards that are gone, but a failed one has spoiled the
/// connection.
void Protocol::on_losing(const Fact& fact) {
  if (fact.what != kCommitted) return;
  committing_ = false;
  go_on();
}

void Protocol::fail(bool passes) {
  failure_passes_ = passes;
  cancel_opening();
  say(Do::kDropWork);
  phase_ = Phase::kFailing;
  if (committing_) return say(Do::kAwaitCommit);
  close_and_disconnect();
  bool again = failure_passes_ && !stop_asked_;
  phase_ = again ? Phase::kDisconnected : Phase::kEnded;
  say(again ? Do::kPause : Do::kEnd);
}

void Protocol::on_failing(const Fact& fact) {
  if (fact.what == kFailed || fact.what == kCommitFailed) failure_passes_ &= fact.passes;
  if (fact.what == kFailed || fact.what == kSubmitted || fact.what == kStopAsked) return;
  committing_ = false;
  fail(failure_passes_);
}

void Protocol::cancel_opening() {
  if (opening_.empty()) return;
  opening_.clear();
  say(Do::kCancelOpening);
}

void Protocol::close() {
  if (admitted_.empty()) return;
  admitted_.clear();
  say(Do::kCloseShards);
}

void Protocol::close_and_disconnect() {
  close();
  say(Do::kDisconnect);
}

std::string_view name_of(Protocol::Phase phase) {
  constexpr std::string_view kNames[] = {"disconnected", "working",  "handing over", "losing",
                                         "failing",      "stopping", "ended"};
  return kNames[static_cast<size_t>(phase)];
}

std::string_view name_of(Happened what) {
  constexpr std::string_view kNames[] = {
      "connected", "connect failed",    "assigned",  "shard opened",  "shard failed", "epoch due",
      "submitted", "nothing to commit", "committed", "commit failed", "revoked",      "lost",
      "failed",    "stop asked"};
  return kNames[static_cast<size_t>(what)];
}

std::string_view name_of(Do what) {
  constexpr std::string_view kNames[] = {
      "open shard",     "admit shard", "submit epoch", "await commit", "apply epoch", "checkpoint",
      "cancel opening", "drop work",   "close shards", "disconnect",   "pause",       "end"};
  return kNames[static_cast<size_t>(what)];
}

}  // namespace sapa
