// Whether the engine does its work right now, for /readyz: what an orchestrator asks before it
// counts the process in.
#pragma once

#include <string>
#include <vector>

namespace sapa {

class Readiness {
 public:
  virtual ~Readiness() = default;

  /// Empty if ready; else one plain sentence for each thing that stands in the way. Any thread.
  virtual std::vector<std::string> obstacles() const = 0;
};

}  // namespace sapa
