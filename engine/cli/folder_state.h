// Whether a workspace's files are what they were: their names, sizes, inodes and times of change.
#pragma once

#include <string>

namespace sapa {

/// Two that are equal: nothing was changed in between. Empty if the folder can't be read.
std::string folder_state(const std::string& folder);

}  // namespace sapa
