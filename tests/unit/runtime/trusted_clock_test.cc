#include "engine/runtime/trusted_clock.h"

#include <gtest/gtest.h>

namespace sapa {
namespace {

using Change = TrustedClock::Change;
constexpr Timestamp kNoon{1'772'452'800'000};

/// A machine: its clocks, true time, and what is made of them.
struct Machine {
  TrustedClock clock;
  Duration past{0};    ///< true time since noon
  Duration set_by{0};  ///< what the wall clock is wrong by
  Duration frozen{0};  ///< what the counting clock has not counted
  Machine() { (void)read(); }

  TrustedClock::Reading reading() const {
    return {kNoon + past + set_by, Duration{past.ms + 7'000 - frozen.ms}};
  }
  Timestamp truth() const { return kNoon + past; }
  Change read() { return clock.read(reading()); }
  Change see(Timestamp stamp) { return clock.witness(stamp, reading()); }
  /// Reads every second.
  Change wait(Duration time) {
    Change last = Change::kNone;
    for (int64_t passed = 0; passed < time.ms; passed += 1'000) {
      past.ms += 1'000;
      if (Change change = read(); change != Change::kNone) last = change;
    }
    return last;
  }
};

TEST(TrustedClock, FollowsTheWallClockAsItIsCorrected) {
  Machine machine;
  for (int i = 0; i < 100; ++i) {
    machine.set_by.ms += i % 2 == 0 ? 4'000 : -3'900;
    EXPECT_EQ(machine.wait(seconds(1)), Change::kNone);
    EXPECT_EQ(machine.clock.now(), machine.reading().wall);
  }
}

TEST(TrustedClock, AJumpThatIsTakenBackWasNeverBelieved) {
  for (Duration jump : {hours(1), Duration{-hours(1).ms}, seconds(6), days(4000)}) {
    Machine machine;
    machine.set_by = jump;
    EXPECT_EQ(machine.wait(seconds(59)), Change::kDoubted);
    EXPECT_EQ(machine.clock.now(), machine.truth());
    EXPECT_EQ(machine.clock.disbelieved(), jump);
    machine.set_by = {0};
    EXPECT_EQ(machine.read(), Change::kReturned);
    EXPECT_EQ(machine.clock.now(), machine.truth());
    EXPECT_FALSE(machine.clock.in_doubt());
    EXPECT_EQ(machine.clock.disbelieved(), Duration{0});
  }
}

TEST(TrustedClock, AJumpIsBelievedOnceItHasHeld) {
  for (Duration jump : {hours(1), Duration{-hours(1).ms}}) {
    Machine machine;
    machine.set_by = jump;
    EXPECT_EQ(machine.read(), Change::kDoubted);
    EXPECT_EQ(machine.wait(seconds(59)), Change::kNone);
    EXPECT_EQ(machine.wait(seconds(1)), Change::kHeld);
    EXPECT_EQ(machine.clock.now(), machine.truth() + jump);
  }
}

TEST(TrustedClock, AnotherJumpMeanwhileHasToHoldByItself) {
  Machine machine;
  machine.set_by = hours(1);
  EXPECT_EQ(machine.wait(seconds(50)), Change::kDoubted);
  machine.set_by = hours(2);
  EXPECT_EQ(machine.wait(seconds(59)), Change::kNone);
  EXPECT_EQ(machine.clock.now(), machine.truth());
  EXPECT_EQ(machine.wait(seconds(2)), Change::kHeld);
}

TEST(TrustedClock, AFrozenMachineIsPutRightByTheFirstFreshRecord) {
  Machine machine;
  machine.past.ms += hours(1).ms;  // a virtual machine, paused: nothing counted
  machine.frozen = hours(1);
  EXPECT_EQ(machine.read(), Change::kDoubted);
  EXPECT_EQ(machine.clock.now(), kNoon);
  // What was appended during the pause says nothing.
  EXPECT_EQ(machine.see(kNoon + minutes(20)), Change::kNone);
  EXPECT_EQ(machine.see(machine.truth() - milliseconds(3)), Change::kConfirmed);
  EXPECT_EQ(machine.clock.now(), machine.truth());
  EXPECT_EQ(machine.wait(minutes(2)), Change::kNone);
  EXPECT_EQ(machine.clock.now(), machine.truth());
}

TEST(TrustedClock, ABacklogOfTheTimeBeforeAPauseIsOutvotedByWhatComesAfterIt) {
  Machine machine;
  machine.past.ms += hours(1).ms;
  machine.frozen = hours(1);
  for (int i = 0; i < 3; ++i) EXPECT_NE(machine.see(kNoon + seconds(i)), Change::kConfirmed);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(machine.see(machine.truth()), Change::kNone);
  EXPECT_EQ(machine.see(machine.truth()), Change::kConfirmed);
}

TEST(TrustedClock, AsLongAsRecordsContradictAJumpItIsNotBelieved) {
  for (Duration jump : {hours(1), Duration{-hours(1).ms}}) {
    Machine machine;
    machine.set_by = jump;
    (void)machine.read();
    for (int i = 0; i < 60; ++i) {
      EXPECT_EQ(machine.see(machine.truth() - milliseconds(500)), Change::kNone);
      EXPECT_EQ(machine.wait(seconds(50)), Change::kNone);
      EXPECT_EQ(machine.clock.now(), machine.truth());
    }
    // Nobody says anything any more: the last who did count for their minute.
    EXPECT_EQ(machine.wait(seconds(121)), Change::kHeld);
  }
}

TEST(TrustedClock, ABacklogIsNoWitnessForAJumpBack) {
  Machine machine;
  machine.set_by = Duration{-hours(1).ms};
  (void)machine.read();
  for (int i = 0; i < 59; ++i) {
    EXPECT_EQ(machine.see(machine.reading().wall), Change::kNone);
    EXPECT_EQ(machine.clock.now(), machine.truth());
  }
}

TEST(TrustedClock, ARecordThatFitsBothOrNeitherSaysNothing) {
  Machine machine;
  machine.set_by = seconds(7);
  (void)machine.read();
  EXPECT_EQ(machine.see(machine.truth() + seconds(3)), Change::kNone);  // both
  EXPECT_EQ(machine.see(machine.truth() - hours(5)), Change::kNone);    // neither
  EXPECT_EQ(machine.see(machine.truth() + hours(5)), Change::kNone);    // neither
  EXPECT_EQ(machine.see(machine.truth() + seconds(6)), Change::kConfirmed);
}

TEST(TrustedClock, WhoIsHeldUpBetweenTheTwoClocksBelievesInTheTimeAfterwards) {
  Machine machine;
  // Stopped for ten minutes after the wall clock was read and before the counting one.
  machine.past = seconds(1);
  TrustedClock::Reading torn = machine.reading();
  machine.past = minutes(10);
  torn.counting = machine.reading().counting;
  EXPECT_EQ(machine.clock.read(torn), Change::kDoubted);
  EXPECT_EQ(machine.clock.now(), machine.truth());
  EXPECT_EQ(machine.read(), Change::kReturned);
}

TEST(TrustedClock, TheFirstReadingIsAllThereIs) {
  TrustedClock clock;
  EXPECT_EQ(clock.read({kNoon + hours(1), seconds(3)}), Change::kNone);
  EXPECT_EQ(clock.now(), kNoon + hours(1));
}

}  // namespace
}  // namespace sapa
