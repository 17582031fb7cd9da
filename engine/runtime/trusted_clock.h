// Whether to believe the machine's wall clock. Against a clock that only counts (no one can set it;
// it also counts while the machine sleeps) a wall clock that was set shows as a jump. A jump is not
// believed at once: time goes on from where it was by the counting clock, until the jump is taken
// back, or has held for a minute, or records stamped by other machines confirm it. Pure: both
// clocks are read by the caller.
//
// Whose fault a jump is can't be told from one machine's clocks: somebody may have set it wrongly
// or rightly; or the machine was frozen (a virtual machine that was paused), when the counting
// clock has stood still and the wall clock is right. So others are heard. A record whose time is
// the wall clock's and not the believed one is for the jump, the other way round against it, any
// other says nothing. Forward, records for it decide at once: an older record can't pretend to be
// newer. Backward they don't, since a backlog holds every time of the past; but as long as more
// records speak against a jump than for it, it isn't believed however long it holds.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/time.h"

namespace sapa {

class TrustedClock {
 public:
  /// Smaller jumps are corrections, and believed.
  static constexpr Duration kBelievedAtOnce = seconds(5);
  static constexpr Duration kHold = minutes(1);

  enum class Change : uint8_t {
    kNone,
    kDoubted,    ///< the wall clock has jumped
    kReturned,   ///< it is back where it was
    kHeld,       ///< the jump has lasted: believed
    kConfirmed,  ///< records have confirmed the jump: believed
  };

  /// What both clocks show; `counting` from any origin. The wall clock must have been read first:
  /// who is held up between the two then believes in the time at the end of it.
  struct Reading {
    Timestamp wall;
    Duration counting;
  };

  /// The first reading is believed. Call it now and then, so that a jump is seen when it happens.
  Change read(const Reading& reading);
  /// A record of another machine that was just read is stamped with this time.
  Change witness(Timestamp stamp, const Reading& reading);

  /// As of the last read() or witness().
  Timestamp now() const { return now_; }
  bool in_doubt() const { return doubt_.has_value(); }
  /// How far the wall clock is from what is believed: positive if it is ahead; 0 without a doubt.
  Duration disbelieved() const;

 private:
  /// The wall clock's time at the counting clock's origin.
  using Origin = Timestamp;
  struct Doubt {
    Origin shown;    ///< what the wall clock would have us believe
    Duration since;  ///< by the counting clock
    uint64_t for_it = 0, against_it = 0;
  };
  Change believe(Origin origin, Change why);

  std::optional<Origin> believed_;
  std::optional<Doubt> doubt_;
  Timestamp now_ = Timestamp::beginning();
};

}  // namespace sapa
