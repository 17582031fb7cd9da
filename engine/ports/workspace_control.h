// What an operator can do with a running engine's workspace: look at it, read its files again, and
// kill a campaign. For the HTTP side.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sapa {

/// What is wrong at a place of the workspace's files.
struct WorkspaceError {
  std::string file;
  uint32_t line = 0, column = 0;
  std::string message;
  std::string suggestion;  ///< what was probably meant, or empty
};

struct ControlAnswer {
  enum class Outcome : uint8_t {
    kDone,
    kRefused,      ///< the workspace can't be used; the one in use stays
    kUnknown,      ///< there is no such campaign
    kUnavailable,  ///< it could not be kept: try again
  };
  Outcome outcome = Outcome::kDone;
  std::string json;    ///< of kDone: an object
  std::string detail;  ///< else a plain sentence
  std::vector<WorkspaceError> errors;
};

/// Any thread may call; `done` is called once, later, on another thread.
class WorkspaceControl {
 public:
  using Done = std::function<void(ControlAnswer)>;
  virtual ~WorkspaceControl() = default;

  /// The workspace in use with every campaign's state, as a JSON object.
  virtual std::string describe() const = 0;
  /// Reads the files again. Done when every worker decides by them.
  virtual void reload(Done done) = 0;
  /// Kills a campaign or lets it go on. Done when that is kept, and every worker of this process
  /// acts by it.
  virtual void switch_campaign(std::string campaign, bool killed, std::string note, Done done) = 0;
};

}  // namespace sapa
