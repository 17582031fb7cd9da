// What time of day it is, as the whole process believes it: the log's connection asks, since its
// answers are stamped with it, and so does the worker. A log whose records are stamped by other
// machines' clocks can also bear witness. Thread-safe.
#pragma once

#include "engine/base/time.h"

namespace sapa {

class WallClock {
 public:
  virtual ~WallClock() = default;
  virtual Timestamp now() = 0;

  /// The machine's clock has jumped: the times of records are wanted, as they are read. Cheap.
  virtual bool wants_witnesses() const { return false; }
  /// Another machine has stamped a record that was just read with this time.
  virtual void witness(Timestamp) {}
};

}  // namespace sapa
