// Commits epochs beside the worker's thread, one at a time, so that the worker can go on with the
// next one. All calls on the worker's thread.
#pragma once

#include <memory>
#include <optional>

#include "engine/base/result.h"
#include "engine/ports/log.h"

namespace sapa {

class Committer {
 public:
  /// Waits for a commit that is under way: its epoch's bytes are in use until then.
  virtual ~Committer() = default;

  struct Done {
    std::unique_ptr<Epoch> epoch;
    Status status;
    double seconds = 0;
  };

  virtual bool busy() const = 0;
  /// Precondition: !busy().
  virtual void submit(std::unique_ptr<Epoch> epoch) = 0;
  /// The outcome of the commit under way, if it is known by now.
  virtual std::optional<Done> poll() = 0;
  /// Waits for it. Precondition: busy().
  virtual Done wait() = 0;
};

}  // namespace sapa
