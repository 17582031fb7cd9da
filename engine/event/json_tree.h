// One JSON document → values, within an event's limits and with refusals that say which one was
// passed. Same values as JsonReader of engine/base; all strings of a record are copied at once, and
// keys that stand twice cost n log n.
#pragma once

#include <memory>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/base/value.h"
#include "engine/event/decoder.h"

namespace sapa {

/// Keeps its buffers between documents. One thread.
class JsonTree {
 public:
  explicit JsonTree(const EventLimits& limits);
  ~JsonTree();
  JsonTree(JsonTree&&) noexcept;
  JsonTree& operator=(JsonTree&&) noexcept;

  /// True and `out` lives in `arena`; or false and why.
  bool read(std::string_view text, Arena& arena, Value& out, Refusal& refusal);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sapa
