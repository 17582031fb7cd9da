// What a worker does next, given what has happened: the commit protocol as a state machine, without
// any I/O. The worker reports facts and performs the steps that it gets back, in their order; facts
// that come up meanwhile are reported afterwards.
//
//                 ┌──────────────── connected ───────────────┐
//                 │                                          ▼
//           Disconnected ◀──failed──  Failing ◀──failed── Working ◀──────────────┐
//                 │     (once no commit is under way)      │ │ │                  │
//          stop or an error that                 stop ─────┘ │ └─ lost ─▶ Losing ─┤ (the commit
//          under waiting can't mend                      │      revoked                 │  way has
//          ended)
//                 ▼                                ▼         ▼                    │
//               Ended ◀──── last epoch ──────  Stopping  HandingOver ─────────────┘ (last epoch
//               committed)
//
// In Working: partitions are assigned, opened in the background, and admitted one by one; at most
// one epoch is being committed while the next is filled.
//
// The rules that hold whatever happens (each has its test):
//  - The store takes an epoch over only after its commit is known to have succeeded, in order.
//  - After a commit of unknown outcome nothing of it is used: shards are closed, the connection is
//    made anew. A commit is never repeated.
//  - While a commit is under way, neither the connection nor the epoch goes away.
//  - Revoked: what is done is committed before the shards are closed. Lost: nothing is committed
//    any more.
//  - A shard that is being opened works nothing and is in no epoch.
#pragma once

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

namespace sapa {

enum class Happened : uint8_t {
  kConnected,
  kConnectFailed,
  kAssigned,         ///< `partition` is ours; once for each
  kShardOpened,      ///< `partition` has its state back
  kShardFailed,      ///< it can't get it
  kEpochDue,         ///< the policy says: commit
  kSubmitted,        ///< the epoch went to be committed
  kNothingToCommit,  ///< there was none
  kCommitted,
  kCommitFailed,  ///< or nobody knows
  kRevoked,       ///< all partitions go; they are still ours until the steps are done
  kLost,          ///< all partitions are gone
  kFailed,        ///< the connection or a shard can't go on
  kStopAsked,
};

struct Fact {
  Happened what = Happened::kFailed;
  int32_t partition = -1;
  bool passes = true;  ///< of a failure: trying again may help
};

enum class Do : uint8_t {
  kOpenShard,      ///< begin to give `partition` its state back, in the background
  kAdmitShard,     ///< its records may come
  kSubmitEpoch,    ///< hand what is done to the committer, if there is anything; report which
  kAwaitCommit,    ///< block until the commit under way has ended; report how
  kApplyEpoch,     ///< the stores take the committed epoch over
  kCheckpoint,     ///< the stores write what they have taken over
  kCancelOpening,  ///< no shard is being opened afterwards
  kDropWork,       ///< forget what is not submitted
  kCloseShards,
  kDisconnect,
  kPause,  ///< before connecting again
  kEnd,
};

struct Step {
  Do what;
  int32_t partition = -1;
  bool operator==(const Step&) const = default;
};

class Protocol {
 public:
  enum class Phase : uint8_t {
    kDisconnected,
    kWorking,
    kHandingOver,
    kLosing,
    kFailing,
    kStopping,
    kEnded,
  };

  /// Precondition: the fact is possible now (see can_happen()). The steps are valid until the next
  /// call.
  const std::vector<Step>& on(const Fact& fact);

  /// Whether a driver that performs all steps may report this.
  bool can_happen(Happened what) const;

  Phase phase() const { return phase_; }
  bool committing() const { return committing_; }
  const std::set<int32_t>& opening() const { return opening_; }
  const std::set<int32_t>& admitted() const { return admitted_; }

 private:
  void on_disconnected(const Fact& fact);
  void on_working(const Fact& fact);
  void on_draining(const Fact& fact);
  void on_losing(const Fact& fact);
  void on_failing(const Fact& fact);
  bool is_failure_at_work(Happened what) const;
  void drain(Phase phase);
  void go_on();
  void lose();
  void fail(bool passes);
  void close_and_disconnect();
  void close();
  void cancel_opening();
  void say(Do what, int32_t partition = -1) { steps_.push_back({what, partition}); }

  Phase phase_ = Phase::kDisconnected;
  bool committing_ = false;
  bool last_epoch_ = false;     ///< while draining: what is being committed is the last
  bool failure_passes_ = true;  ///< while failing
  bool stop_asked_ = false;
  std::set<int32_t> opening_, admitted_;
  std::vector<Step> steps_;
};

std::string_view name_of(Protocol::Phase phase);
std::string_view name_of(Happened what);
std::string_view name_of(Do what);

}  // namespace sapa
