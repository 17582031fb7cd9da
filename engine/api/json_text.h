// JSON objects taken apart without re-writing them, so that what a sender wrote is kept byte for
// byte: numbers beyond a double's range, key order and all. Checks the whole text first.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace sapa {

struct RawMember {
  std::string name;       ///< unescaped
  std::string_view text;  ///< the value as it stands there, in the text that was read
};

/// Keeps its buffers between texts. One thread.
class JsonTextReader {
 public:
  JsonTextReader();
  ~JsonTextReader();

  /// The members of the object that `text` is, in order. `text` must outlive them.
  Result<std::vector<RawMember>> members(std::string_view text);

  /// The elements of the array that `text` is.
  Result<std::vector<std::string_view>> elements(std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sapa
