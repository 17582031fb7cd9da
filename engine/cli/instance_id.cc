#include "engine/cli/instance_id.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

namespace sapa {

Result<std::string> instance_id(const std::string& state_dir) {
  std::string path = state_dir + "/instance-id";
  if (std::ifstream file(path); file) {
    std::string id;
    if (std::getline(file, id) && !id.empty()) return id;
  }
  std::random_device random;
  char text[20];
  std::snprintf(text, sizeof text, "%08x%08x", random(), random());
  std::string id = std::string("sapa-") + text;
  // Written whole or not at all: beside it first, then moved.
  std::string beside = path + ".new";
  std::ofstream file(beside);
  file << id << "\n";
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(beside, path, error);
  if (!file || error) {
    return environment_error("can't write " + path + ": check the state folder's rights and space",
                             false);
  }
  return id;
}

}  // namespace sapa
