#include "engine/runtime/trusted_clock.h"

namespace sapa {
namespace {

bool near(Timestamp a, Timestamp b) {
  const int64_t apart = (a - b).ms;
  return apart <= TrustedClock::kBelievedAtOnce.ms && apart >= -TrustedClock::kBelievedAtOnce.ms;
}

}  // namespace

TrustedClock::Change TrustedClock::read(const Reading& reading) {
  const Origin shown = reading.wall - reading.counting;
  Change change = Change::kNone;
  if (!believed_ || near(shown, *believed_)) {
    change = believe(shown, doubt_ ? Change::kReturned : Change::kNone);
  } else if (!doubt_ || !near(shown, doubt_->shown)) {
    if (!doubt_) change = Change::kDoubted;
    doubt_ = Doubt{shown, reading.counting};
  } else if (reading.counting.ms - doubt_->since.ms >= kHold.ms) {
    if (doubt_->against_it > doubt_->for_it) {
      doubt_ = Doubt{shown, reading.counting};
    } else {
      change = believe(shown, Change::kHeld);
    }
  }
  now_ = *believed_ + reading.counting;
  return change;
}

TrustedClock::Change TrustedClock::witness(Timestamp stamp, const Reading& reading) {
  const Change change = read(reading);
  if (!doubt_) return change;
  const bool for_it = near(stamp, reading.wall), against_it = near(stamp, now_);
  if (for_it == against_it) return change;
  ++(for_it ? doubt_->for_it : doubt_->against_it);
  if (reading.wall < now_ || doubt_->for_it <= doubt_->against_it) return change;
  believe(reading.wall - reading.counting, Change::kConfirmed);
  now_ = reading.wall;
  return Change::kConfirmed;
}

Duration TrustedClock::disbelieved() const {
  return doubt_ ? doubt_->shown - *believed_ : Duration{0};
}

TrustedClock::Change TrustedClock::believe(Origin origin, Change why) {
  believed_ = origin;
  doubt_.reset();
  return why;
}

}  // namespace sapa
