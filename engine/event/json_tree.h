// One JSON document → values, within an event's limits, and with refusals that say which one was
// passed. The reading itself is JsonReader's of engine/base.
#pragma once

#include <string_view>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/value.h"
#include "engine/event/decoder.h"

namespace sapa {

/// Keeps its buffers between documents. One thread.
class JsonTree {
 public:
  explicit JsonTree(const EventLimits& limits);

  /// True and `out` lives in `arena`; or false and why.
  bool read(std::string_view text, Arena& arena, Value& out, Refusal& refusal);

 private:
  EventLimits limits_;
  JsonReader reader_;
};

}  // namespace sapa
