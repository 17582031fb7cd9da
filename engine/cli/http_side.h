// The engine's HTTP side: the API on a socket, over whatever parts the engine has.
#pragma once

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/cli/engine_parts.h"

namespace sapa {

class HttpSide {
 public:
  /// Listens at once. A user error for an address that can't be listened on. The parts outlive it.
  static Result<std::unique_ptr<HttpSide>> start(EngineParts& parts, const RunOptions& options);
  ~HttpSide();

  /// "http://127.0.0.1:8080"
  std::string url() const;
  void stop();

 private:
  struct State;
  explicit HttpSide(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sapa
