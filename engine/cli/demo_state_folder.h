// The demo's state folder: the one that was asked for, or one of its own that goes when the demo
// ends.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace sapa {

class DemoStateFolder {
 public:
  /// A user error if `wanted` holds something already: the shop's story starts anew with each demo.
  static Result<DemoStateFolder> make(const std::string& wanted);
  DemoStateFolder(DemoStateFolder&& other) noexcept;
  ~DemoStateFolder();

  const std::string& path() const { return path_; }
  bool is_temporary() const { return temporary_; }

 private:
  DemoStateFolder(std::string path, bool temporary)
      : path_(std::move(path)), temporary_(temporary) {}

  std::string path_;
  bool temporary_;
};

}  // namespace sapa
