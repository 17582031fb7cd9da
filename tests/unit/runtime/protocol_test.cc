// Every transition of the commit protocol, and its rules over random sequences of facts.
#include "engine/runtime/protocol.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace sapa {

void PrintTo(const Step& step, std::ostream* out) {
  *out << name_of(step.what);
  if (step.partition >= 0) *out << " " << step.partition;
}

namespace {

using enum Happened;
using Phase = Protocol::Phase;
using Steps = std::vector<Step>;

Steps told(Protocol& protocol, Happened what, int32_t partition = -1, bool passes = true) {
  return protocol.on({what, partition, passes});
}

/// Partition 3 is admitted.
Protocol working() {
  Protocol protocol;
  told(protocol, kConnected);
  told(protocol, kAssigned, 3);
  told(protocol, kShardOpened, 3);
  return protocol;
}

Protocol committing() {
  Protocol protocol = working();
  told(protocol, kEpochDue);
  told(protocol, kSubmitted);
  return protocol;
}

const Steps kNothing;
const Steps kGone{{Do::kDropWork}, {Do::kCloseShards}, {Do::kDisconnect}};

Steps operator+(Steps steps, Step more) {
  steps.push_back(more);
  return steps;
}

TEST(Protocol, ConnectsUntilItSucceeds) {
  Protocol protocol;
  EXPECT_EQ(told(protocol, kConnectFailed), Steps{{Do::kPause}});
  EXPECT_EQ(protocol.phase(), Phase::kDisconnected);
  EXPECT_EQ(told(protocol, kConnected), kNothing);
  EXPECT_EQ(protocol.phase(), Phase::kWorking);
}

TEST(Protocol, EndsWhenConnectingCanNeverSucceed) {
  Protocol protocol;
  EXPECT_EQ(told(protocol, kConnectFailed, -1, false), Steps{{Do::kEnd}});
  EXPECT_EQ(protocol.phase(), Phase::kEnded);
}

TEST(Protocol, EndsWhenStoppedBeforeItIsConnected) {
  Protocol protocol;
  EXPECT_EQ(told(protocol, kStopAsked), Steps{{Do::kEnd}});
  EXPECT_EQ(protocol.phase(), Phase::kEnded);
}

TEST(Protocol, AdmitsEachShardWhenItHasItsStateBack) {
  Protocol protocol;
  told(protocol, kConnected);
  EXPECT_EQ(told(protocol, kAssigned, 1), (Steps{{Do::kOpenShard, 1}}));
  EXPECT_EQ(told(protocol, kAssigned, 2), (Steps{{Do::kOpenShard, 2}}));
  EXPECT_EQ(told(protocol, kShardOpened, 2), (Steps{{Do::kAdmitShard, 2}}));
  EXPECT_EQ(protocol.opening(), std::set<int32_t>{1});
  EXPECT_EQ(protocol.admitted(), std::set<int32_t>{2});
}

TEST(Protocol, CommitsWhileAnotherShardIsOpened) {
  Protocol protocol = working();
  told(protocol, kAssigned, 4);
  EXPECT_EQ(told(protocol, kEpochDue), Steps{{Do::kSubmitEpoch}});
  told(protocol, kSubmitted);
  EXPECT_EQ(told(protocol, kCommitted), Steps{{Do::kApplyEpoch}});
  EXPECT_FALSE(protocol.committing());
}

TEST(Protocol, CommitsNothingWithoutAnOpenShard) {
  Protocol protocol;
  told(protocol, kConnected);
  told(protocol, kAssigned, 1);
  EXPECT_EQ(told(protocol, kEpochDue), kNothing);
}

TEST(Protocol, CommitsOneEpochAtATime) {
  Protocol protocol = committing();
  EXPECT_EQ(told(protocol, kEpochDue), kNothing);
  told(protocol, kCommitted);
  EXPECT_EQ(told(protocol, kEpochDue), Steps{{Do::kSubmitEpoch}});
}

TEST(Protocol, AnEmptyEpochIsNoCommit) {
  Protocol protocol = working();
  told(protocol, kEpochDue);
  EXPECT_EQ(told(protocol, kNothingToCommit), kNothing);
  EXPECT_FALSE(protocol.committing());
}

TEST(Protocol, AfterAnUnknownOutcomeNothingIsUsedAgain) {
  Protocol protocol = committing();
  EXPECT_EQ(told(protocol, kCommitFailed), kGone + Step{Do::kPause});
  EXPECT_EQ(protocol.phase(), Phase::kDisconnected);
  EXPECT_TRUE(protocol.admitted().empty());
}

TEST(Protocol, AnErrorThatWaitingCannotMendEnds) {
  Protocol protocol = committing();
  EXPECT_EQ(told(protocol, kCommitFailed, -1, false), kGone + Step{Do::kEnd});
  EXPECT_EQ(protocol.phase(), Phase::kEnded);
  Protocol other = working();
  EXPECT_EQ(told(other, kFailed, -1, false), kGone + Step{Do::kEnd});
}

TEST(Protocol, AFailureWaitsForTheCommitUnderWayAndDoesNotApplyIt) {
  Protocol protocol = committing();
  EXPECT_EQ(told(protocol, kFailed), (Steps{{Do::kDropWork}, {Do::kAwaitCommit}}));
  EXPECT_EQ(protocol.phase(), Phase::kFailing);
  EXPECT_EQ(told(protocol, kCommitted), kGone + Step{Do::kPause});
}

TEST(Protocol, OfTwoFailuresTheWorseCounts) {
  Protocol protocol = committing();
  told(protocol, kFailed);
  EXPECT_EQ(told(protocol, kCommitFailed, -1, false), kGone + Step{Do::kEnd});
}

TEST(Protocol, AShardThatCannotBeOpenedFailsTheConnection) {
  Protocol protocol = working();
  told(protocol, kAssigned, 4);
  EXPECT_EQ(told(protocol, kShardFailed, 4),
            (Steps{{Do::kCancelOpening}} + Step{Do::kDropWork} + Step{Do::kCloseShards} +
             Step{Do::kDisconnect} + Step{Do::kPause}));
}

TEST(Protocol, RevokedCommitsWhatIsDoneAndCloses) {
  Protocol protocol = working();
  EXPECT_EQ(told(protocol, kRevoked), Steps{{Do::kSubmitEpoch}});
  EXPECT_EQ(told(protocol, kSubmitted), Steps{{Do::kAwaitCommit}});
  EXPECT_EQ(told(protocol, kCommitted),
            (Steps{{Do::kApplyEpoch}, {Do::kCheckpoint}, {Do::kCloseShards}}));
  EXPECT_EQ(protocol.phase(), Phase::kWorking);
}

TEST(Protocol, RevokedInMidCommitCommitsTheRestAfterwards) {
  Protocol protocol = committing();
  EXPECT_EQ(told(protocol, kRevoked), Steps{{Do::kAwaitCommit}});
  EXPECT_EQ(told(protocol, kCommitted), (Steps{{Do::kApplyEpoch}, {Do::kSubmitEpoch}}));
  EXPECT_EQ(told(protocol, kNothingToCommit), (Steps{{Do::kCheckpoint}, {Do::kCloseShards}}));
}

TEST(Protocol, RevokedEndsWhatIsBeingOpened) {
  Protocol protocol;
  told(protocol, kConnected);
  told(protocol, kAssigned, 1);
  EXPECT_EQ(told(protocol, kRevoked), (Steps{{Do::kCancelOpening}, {Do::kSubmitEpoch}}));
  EXPECT_EQ(told(protocol, kNothingToCommit), Steps{{Do::kCheckpoint}});
  EXPECT_EQ(protocol.phase(), Phase::kWorking);
}

TEST(Protocol, ACommitThatFailsWhileHandingOverDropsEverything) {
  Protocol protocol = committing();
  told(protocol, kRevoked);
  EXPECT_EQ(told(protocol, kCommitFailed), kGone + Step{Do::kPause});
}

TEST(Protocol, AStoreThatFailsWhileHandingOverWaitsForTheLastCommit) {
  Protocol protocol = committing();
  told(protocol, kRevoked);
  told(protocol, kCommitted);
  EXPECT_EQ(told(protocol, kFailed), (Steps{{Do::kDropWork}, {Do::kAwaitCommit}}));
  EXPECT_EQ(told(protocol, kSubmitted), kNothing);
  EXPECT_EQ(told(protocol, kCommitted), kGone + Step{Do::kPause});
  Protocol other = committing();
  told(other, kRevoked);
  told(other, kCommitted);
  told(other, kFailed);
  EXPECT_EQ(told(other, kNothingToCommit), kGone + Step{Do::kPause});
}

TEST(Protocol, LostCommitsNothingAnyMore) {
  Protocol protocol = working();
  EXPECT_EQ(told(protocol, kLost), (Steps{{Do::kDropWork}, {Do::kCloseShards}}));
  EXPECT_EQ(protocol.phase(), Phase::kWorking);
}

TEST(Protocol, LostInMidCommitWaitsAndDoesNotApply) {
  Protocol protocol = committing();
  EXPECT_EQ(told(protocol, kLost), (Steps{{Do::kDropWork}, {Do::kAwaitCommit}}));
  EXPECT_EQ(protocol.phase(), Phase::kLosing);
  EXPECT_EQ(told(protocol, kCommitted), Steps{{Do::kCloseShards}});
  EXPECT_EQ(protocol.phase(), Phase::kWorking);
}

TEST(Protocol, ACommitThatFailsWhilePartitionsAreLostSpoilsTheConnection) {
  Protocol protocol = committing();
  told(protocol, kLost);
  EXPECT_EQ(told(protocol, kCommitFailed), kGone + Step{Do::kPause});
}

TEST(Protocol, StoppingCommitsWhatIsDoneAndEnds) {
  Protocol protocol = committing();
  EXPECT_EQ(told(protocol, kStopAsked), Steps{{Do::kAwaitCommit}});
  EXPECT_EQ(told(protocol, kCommitted), (Steps{{Do::kApplyEpoch}, {Do::kSubmitEpoch}}));
  EXPECT_EQ(told(protocol, kSubmitted), Steps{{Do::kAwaitCommit}});
  EXPECT_EQ(told(protocol, kCommitted), (Steps{{Do::kApplyEpoch},
                                               {Do::kCheckpoint},
                                               {Do::kCloseShards},
                                               {Do::kDisconnect},
                                               {Do::kEnd}}));
  EXPECT_EQ(protocol.phase(), Phase::kEnded);
}

TEST(Protocol, AFailureWhileStoppingEnds) {
  Protocol protocol = committing();
  told(protocol, kStopAsked);
  EXPECT_EQ(told(protocol, kCommitFailed), kGone + Step{Do::kEnd});
}

TEST(Protocol, AStopAskedWhileHandingOverComesAfterIt) {
  Protocol protocol = committing();
  told(protocol, kRevoked);
  EXPECT_EQ(told(protocol, kStopAsked), kNothing);
  told(protocol, kCommitted);
  EXPECT_EQ(told(protocol, kNothingToCommit),
            (Steps{{Do::kCheckpoint}, {Do::kCloseShards}, {Do::kSubmitEpoch}}));
  EXPECT_EQ(told(protocol, kNothingToCommit),
            (Steps{{Do::kCheckpoint}, {Do::kDisconnect}, {Do::kEnd}}));
}

/// Performs the steps as a worker does, with outcomes drawn at random, and watches the rules.
class Driver {
 public:
  explicit Driver(uint32_t seed) : random_(seed) {}

  void run(int facts) {
    for (int i = 0; i < facts && protocol_.phase() != Phase::kEnded; ++i) {
      Happened what = static_cast<Happened>(random_() % 14);
      if (!protocol_.can_happen(what) || !outside(what)) continue;
      tell({what, pick(what), random_() % 8 != 0});
    }
  }

 private:
  /// What no step reports.
  bool outside(Happened what) {
    switch (what) {
      case kAssigned:
        return open_.size() + opening_.size() < 4;
      case kCommitted:
      case kCommitFailed:
        return in_flight_;
      case kSubmitted:
      case kNothingToCommit:
        return false;
      default:
        return true;
    }
  }
  int32_t pick(Happened what) {
    if (what == kShardOpened || what == kShardFailed) return *protocol_.opening().begin();
    return what == kAssigned ? next_partition_++ : -1;
  }
  void tell(Fact fact) {
    facts_.push_back(fact);
    while (!facts_.empty()) {
      Fact next = facts_.front();
      facts_.erase(facts_.begin());
      if (!protocol_.can_happen(next.what)) continue;
      note(next);
      Steps steps = protocol_.on(next);
      for (const Step& step : steps) perform(step);
      EXPECT_EQ(protocol_.admitted(), open_);
      EXPECT_EQ(protocol_.opening(), opening_);
    }
    // Whatever happened, the steps lead back to a phase in which the worker goes on or has ended.
    EXPECT_TRUE(protocol_.phase() == Phase::kWorking || protocol_.phase() == Phase::kDisconnected ||
                protocol_.phase() == Phase::kEnded)
        << name_of(protocol_.phase());
  }
  void note(const Fact& fact) {
    if (fact.what == kConnected) connected_ = true;
    if (fact.what == kShardOpened) opening_.erase(fact.partition);
    if (fact.what == kCommitted || fact.what == kCommitFailed) in_flight_ = false;
    may_apply_ = fact.what == kCommitted;
    lost_ = fact.what == kLost;
  }
  void perform(const Step& step) {
    switch (step.what) {
      case Do::kOpenShard:
        opening_.insert(step.partition);
        break;
      case Do::kAdmitShard:
        open_.insert(step.partition);
        break;
      case Do::kSubmitEpoch:
        EXPECT_TRUE(connected_);
        EXPECT_FALSE(in_flight_) << "one commit at a time";
        EXPECT_FALSE(lost_) << "nothing is committed of what is lost";
        if (open_.empty() || random_() % 3 == 0) {
          facts_.push_back({kNothingToCommit});
        } else {
          in_flight_ = true;
          facts_.push_back({kSubmitted});
        }
        break;
      case Do::kAwaitCommit:
        if (in_flight_) {
          facts_.push_back({random_() % 2 ? kCommitted : kCommitFailed, -1, random_() % 8 != 0});
        }
        break;
      case Do::kApplyEpoch:
        EXPECT_TRUE(std::exchange(may_apply_, false)) << "only what is committed, and once";
        EXPECT_FALSE(open_.empty());
        if (random_() % 10 == 0) facts_.push_back({kFailed});
        break;
      case Do::kCheckpoint:
        if (random_() % 10 == 0) facts_.push_back({kFailed});
        break;
      case Do::kCancelOpening:
        opening_.clear();
        break;
      case Do::kDropWork:
        break;
      case Do::kCloseShards:
        EXPECT_FALSE(in_flight_) << "the epoch's bytes are in use";
        open_.clear();
        break;
      case Do::kDisconnect:
        EXPECT_FALSE(in_flight_);
        EXPECT_TRUE(open_.empty());
        EXPECT_TRUE(opening_.empty());
        connected_ = false;
        break;
      case Do::kPause:
      case Do::kEnd:
        EXPECT_FALSE(connected_);
        break;
    }
  }

  std::mt19937 random_;
  Protocol protocol_;
  std::vector<Fact> facts_;
  std::set<int32_t> open_, opening_;
  int32_t next_partition_ = 0;
  bool connected_ = false, in_flight_ = false, may_apply_ = false, lost_ = false;
};

TEST(Protocol, KeepsItsRulesWhateverHappens) {
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    Driver driver(seed);
    driver.run(300);
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace sapa
