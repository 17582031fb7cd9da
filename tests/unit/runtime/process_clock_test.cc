#include "engine/runtime/process_clock.h"

#include <gtest/gtest.h>
#include <prometheus/registry.h>

namespace sapa {
namespace {

class ProcessClocks : public testing::Test {
 protected:
  double metric() const { return telemetry_.clock_disbelieved_seconds.Value(); }

  prometheus::Registry registry_;
  Telemetry telemetry_{registry_};
  Timestamp wall_{1'772'452'800'000};
  Duration counting_{5'000};
  ProcessClock clock_{telemetry_, {[this] { return wall_; }, [this] { return counting_; }}};
};

TEST_F(ProcessClocks, AJumpShowsInTheMetricUntilItIsTakenBack) {
  const Timestamp before = wall_;
  EXPECT_EQ(clock_.now(), before);
  EXPECT_EQ(metric(), 0);
  wall_ = before + hours(1);
  EXPECT_EQ(clock_.now(), before);
  EXPECT_EQ(metric(), 3600);
  wall_ = before - hours(1);
  EXPECT_EQ(clock_.now(), before);
  EXPECT_EQ(metric(), -3600);
  wall_ = before;
  EXPECT_EQ(clock_.now(), before);
  EXPECT_EQ(metric(), 0);
}

TEST_F(ProcessClocks, WitnessesAreWantedWhileAJumpIsInDoubt) {
  const Timestamp before = wall_;
  EXPECT_FALSE(clock_.wants_witnesses());
  wall_ = before + hours(1);
  (void)clock_.now();
  EXPECT_TRUE(clock_.wants_witnesses());
  clock_.witness(wall_ - milliseconds(20));
  EXPECT_FALSE(clock_.wants_witnesses());
  EXPECT_EQ(clock_.now(), wall_);
  EXPECT_EQ(metric(), 0);
}

TEST_F(ProcessClocks, TheMachinesOwnClocksAgree) {
  ProcessClock clock(telemetry_);
  for (int i = 0; i < 1000; ++i) {
    const Timestamp wall = ProcessClock::system_wall();
    const Timestamp now = clock.now();
    EXPECT_LE(wall, now + milliseconds(1));
    EXPECT_LE(now, ProcessClock::system_wall() + milliseconds(1));
  }
  EXPECT_FALSE(clock.wants_witnesses());
}

}  // namespace
}  // namespace sapa
