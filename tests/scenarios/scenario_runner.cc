// Registers every scenario of the files named on the command line as a test of its own, each run
// three times: how often the work is committed, what is evicted and whether the engine restarts
// must make no difference.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "engine/workspace/loader.h"
#include "tests/scenarios/differences.h"
#include "tests/scenarios/driver.h"

namespace sapa::scenarios {
namespace {

struct Suite {
  std::string path;
  std::shared_ptr<const Workspace> workspace;
  std::vector<Scenario> scenarios;
};

std::string findings_of(const LoadedWorkspace& loaded) {
  std::string text;
  for (const Finding& finding : loaded.findings) text += to_string(finding) + "\n";
  return text;
}

Result<Suite> load_suite(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  auto file = parse_scenarios(text);
  if (!file) return user_error(path + ": " + file.error().message);
  LoadedWorkspace loaded;
  if (file->workspace_folder.empty()) {
    loaded = load_workspace_texts(file->workspace_texts);
  } else {
    auto read = load_workspace(std::string(SAPA_SOURCE_DIR "/") + file->workspace_folder);
    if (!read) return read.error();
    loaded = std::move(*read);
  }
  if (loaded.workspace == nullptr) return user_error(path + ":\n" + findings_of(loaded));
  return Suite{path, loaded.workspace, std::move(file->scenarios)};
}

class ScenarioTest : public testing::Test {
 public:
  ScenarioTest(std::shared_ptr<const Suite> suite, size_t index)
      : suite_(std::move(suite)), scenario_(suite_->scenarios[index]) {}

  void TestBody() override {
    check(Commits::kAtTheEnd, "in one epoch");
    if (HasFailure()) return;
    check(Commits::kAfterEveryStep, "committed after every step, nobody kept in memory");
    check(Commits::kRestartEveryStep, "restarted after every step");
  }

 private:
  void check(Commits commits, const char* how) {
    auto outcome = drive(scenario_, suite_->workspace, commits);
    ASSERT_TRUE(outcome.ok()) << suite_->path << ": " << outcome.error().message;
    std::string different = differences(scenario_, *outcome);
    if (different.empty()) return;
    ADD_FAILURE() << suite_->path << ":" << scenario_.line << ", " << how << "\n" << different;
  }

  std::shared_ptr<const Suite> suite_;
  const Scenario& scenario_;
};

std::string suite_name(const std::string& path) {
  std::string name;
  bool capital = true;
  for (char c : std::filesystem::path(path).stem().string()) {
    if (c == '_' || c == '-') {
      capital = true;
      continue;
    }
    name += capital ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    capital = false;
  }
  return name;
}

bool register_file(const std::string& path) {
  auto suite = load_suite(path);
  if (!suite) {
    std::fprintf(stderr, "%s\n", suite.error().message.c_str());
    return false;
  }
  auto shared = std::make_shared<const Suite>(std::move(*suite));
  for (size_t i = 0; i < shared->scenarios.size(); ++i) {
    const Scenario& scenario = shared->scenarios[i];
    testing::RegisterTest(suite_name(path).c_str(), scenario.name.c_str(), nullptr, nullptr,
                          path.c_str(), scenario.line,
                          [=]() -> testing::Test* { return new ScenarioTest(shared, i); });
  }
  return true;
}

}  // namespace
}  // namespace sapa::scenarios

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  bool ok = true;
  std::vector<std::string> paths(argv + 1, argv + argc);
  if (paths.empty()) {
    for (const auto& entry :
         std::filesystem::directory_iterator(SAPA_SOURCE_DIR "/tests/scenarios")) {
      if (entry.path().extension() == ".yaml") paths.push_back(entry.path().string());
    }
    std::sort(paths.begin(), paths.end());
  }
  for (const std::string& path : paths) ok = sapa::scenarios::register_file(path) && ok;
  return ok ? RUN_ALL_TESTS() : 1;
}
