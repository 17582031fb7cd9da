#include "engine/cli/demo_state_folder.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <stdlib.h>

namespace sapa {

namespace fs = std::filesystem;

Result<DemoStateFolder> DemoStateFolder::make(const std::string& wanted) {
  std::error_code error;
  if (!wanted.empty()) {
    if (fs::exists(wanted, error) && !fs::is_empty(wanted, error)) {
      return user_error("--state-dir: " + wanted +
                        " is not empty; the demo starts anew each time and needs an empty folder");
    }
    return DemoStateFolder(wanted, false);
  }
  fs::path parent = fs::temp_directory_path(error);
  if (error) parent = "/tmp";
  std::string name = (parent / "sapa-demo-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    return environment_error("can't make a folder in " + parent.string() + ": " +
                                 std::strerror(errno) + "; name one with --state-dir",
                             false);
  }
  return DemoStateFolder(std::move(name), true);
}

DemoStateFolder::DemoStateFolder(DemoStateFolder&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, false)) {}

DemoStateFolder::~DemoStateFolder() {
  std::error_code ignored;
  if (temporary_) fs::remove_all(path_, ignored);
}

}  // namespace sapa
