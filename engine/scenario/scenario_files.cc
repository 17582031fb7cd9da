#include "engine/scenario/scenario_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sapa::scenarios {
namespace {

namespace fs = std::filesystem;

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

/// The folder above the nearest `tests` that the file lies in; empty if there is none.
std::string home_of(const fs::path& file) {
  fs::path folder = file.parent_path();
  for (; !folder.empty() && folder != folder.root_path(); folder = folder.parent_path()) {
    if (folder.filename() != kTestsFolder) continue;
    return folder.parent_path().empty() ? "." : folder.parent_path().string();
  }
  return {};
}

Result<std::vector<ScenarioPlace>> find_in(const fs::path& folder) {
  fs::path tests = folder / kTestsFolder;
  std::error_code error;
  std::vector<ScenarioPlace> found;
  auto at = fs::recursive_directory_iterator(tests, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    std::error_code ignored;
    if (at->path().filename().string().starts_with('.')) {
      if (at->is_directory(ignored)) at.disable_recursion_pending();
    } else if (is_yaml(at->path()) && at->is_regular_file(ignored)) {
      found.push_back({at->path().string(), folder.string()});
    }
  }
  if (error && fs::exists(tests)) {
    return user_error("cannot read the folder `" + tests.string() + "`: " + error.message());
  }
  if (found.empty()) {
    return user_error("`" + folder.string() + "` has no scenarios: put them into `" +
                      (tests / "NAME.yaml").string() + "`");
  }
  std::sort(found.begin(), found.end(),
            [](const ScenarioPlace& a, const ScenarioPlace& b) { return a.path < b.path; });
  return found;
}

}  // namespace

Result<std::vector<ScenarioPlace>> find_scenarios(const std::string& path,
                                                  const std::string& workspace) {
  std::error_code ignored;
  fs::path given = fs::path(path).lexically_normal();
  if (given.filename().empty()) given = given.parent_path();  // a slash at the end
  if (fs::is_directory(given, ignored)) return find_in(given);
  if (!fs::is_regular_file(given, ignored)) {
    return user_error("there is no `" + path + "`");
  }
  return std::vector<ScenarioPlace>{
      {given.string(), workspace.empty() ? home_of(given) : workspace}};
}

Result<LoadedScenarios> ScenarioFiles::load(const ScenarioPlace& place) {
  std::ifstream stream(place.path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.good() && !stream.eof()) return user_error("cannot read `" + place.path + "`");
  return read_scenarios(place.path, std::move(text), place.home,
                        [this](const std::string& folder) { return workspace_of(folder); });
}

Result<LoadedWorkspace> ScenarioFiles::workspace_of(const std::string& folder) {
  auto known = workspaces_.find(folder);
  if (known != workspaces_.end()) return known->second;
  auto loaded = load_workspace(folder);
  if (loaded) workspaces_.emplace(folder, *loaded);
  return loaded;
}

}  // namespace sapa::scenarios
