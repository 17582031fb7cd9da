// Registers every scenario of our own files and of the example workspaces (or of the files named on
// the command line) as a test of its own, run as `sapa test` runs it.
#include <cstdio>
#include <filesystem>

#include <gtest/gtest.h>

#include "engine/scenario/scenario_files.h"
#include "engine/scenario/scenario_runner.h"

namespace sapa::scenarios {
namespace {

namespace fs = std::filesystem;

class ScenarioTest : public testing::Test {
 public:
  ScenarioTest(std::shared_ptr<const ScenarioFile> file, size_t index)
      : file_(std::move(file)), index_(index) {}

  void TestBody() override {
    const Scenario& scenario = file_->scenarios[index_];
    ScenarioResult result = run_scenario(*file_, scenario);
    if (result.passed()) return;
    ADD_FAILURE() << file_->path << ":" << scenario.position.line << "\n" << result.explanation();
  }

 private:
  std::shared_ptr<const ScenarioFile> file_;
  size_t index_;
};

/// "deploy/workspaces/mall/tests/levels.yaml" → "MallLevels"; "tests/scenarios/late_events.yaml" →
/// "LateEvents".
std::string suite_name(const ScenarioPlace& place) {
  std::string name;
  bool capital = true;
  fs::path home(place.home);
  std::string text = fs::path(place.path).stem().string();
  if (!home.empty()) text = home.filename().string() + "_" + text;
  for (char c : text) {
    if (c == '_' || c == '-') {
      capital = true;
      continue;
    }
    name += capital ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    capital = false;
  }
  return name;
}

bool register_file(const ScenarioPlace& place, ScenarioFiles& files) {
  auto loaded = files.load(place);
  if (!loaded) return std::fprintf(stderr, "%s\n", loaded.error().message.c_str()), false;
  for (const Finding& finding : loaded->findings) {
    std::fprintf(stderr, "%s\n", to_string(finding).c_str());
  }
  auto file = loaded->file;
  if (!file) return false;
  for (size_t i = 0; i < file->scenarios.size(); ++i) {
    const Scenario& scenario = file->scenarios[i];
    testing::RegisterTest(suite_name(place).c_str(), scenario.name.c_str(), nullptr, nullptr,
                          place.path.c_str(), static_cast<int>(scenario.position.line),
                          [=]() -> testing::Test* { return new ScenarioTest(file, i); });
  }
  return true;
}

/// Our own are at home nowhere: each has its workspace with it.
bool find_all(std::vector<ScenarioPlace>& places) {
  for (const auto& entry : fs::directory_iterator(SAPA_SOURCE_DIR "/tests/scenarios")) {
    if (entry.path().extension() == ".yaml") places.push_back({entry.path().string(), ""});
  }
  std::sort(places.begin(), places.end(),
            [](const ScenarioPlace& a, const ScenarioPlace& b) { return a.path < b.path; });
  for (const auto& entry : fs::directory_iterator(SAPA_SOURCE_DIR "/deploy/workspaces")) {
    if (!entry.is_directory()) continue;
    auto found = find_scenarios(entry.path().string(), "");
    if (!found) return std::fprintf(stderr, "%s\n", found.error().message.c_str()), false;
    places.insert(places.end(), found->begin(), found->end());
  }
  return true;
}

}  // namespace
}  // namespace sapa::scenarios

int main(int argc, char** argv) {
  using namespace sapa::scenarios;
  testing::InitGoogleTest(&argc, argv);
  std::vector<ScenarioPlace> places;
  bool ok = true;
  for (int i = 1; i < argc; ++i) places.push_back({argv[i], ""});
  if (places.empty()) ok = find_all(places);
  ScenarioFiles files;
  for (const ScenarioPlace& place : places) ok = register_file(place, files) && ok;
  return ok ? RUN_ALL_TESTS() : 1;
}
