#include "engine/cli/folder_state.h"

#include <sys/stat.h>

#include "engine/workspace/loader.h"

namespace sapa {

std::string folder_state(const std::string& folder) {
  auto files = workspace_files(folder);
  if (!files) return {};
  std::string state;
  for (const std::string& file : *files) {
    struct stat info {};
    // What a symbolic link points to, as with mounted configuration.
    if (::stat((folder + "/" + file).c_str(), &info) != 0) continue;
    state += file;
    state += '\n';
    for (int64_t number :
         {static_cast<int64_t>(info.st_ino), static_cast<int64_t>(info.st_size),
          static_cast<int64_t>(info.st_mtim.tv_sec), static_cast<int64_t>(info.st_mtim.tv_nsec),
          static_cast<int64_t>(info.st_ctim.tv_sec), static_cast<int64_t>(info.st_ctim.tv_nsec)}) {
      state += std::to_string(number) + ' ';
    }
  }
  return state;
}

}  // namespace sapa
