// Arbitrary text as a workspace's file, against the loader's promises: it neither throws nor hangs;
// there is a workspace exactly when no finding is an error; every finding stands inside the file.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "engine/workspace/loader.h"

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  sapa::LoadedWorkspace loaded = sapa::load_workspace_texts({{"fuzz.yaml", text}});
  auto lines = static_cast<uint32_t>(std::count(text.begin(), text.end(), '\n') + 1);
  bool any_error = false;
  for (const sapa::Finding& finding : loaded.findings) {
    any_error |= finding.severity == sapa::Finding::Severity::kError;
    require(finding.position.line >= 1 && finding.position.line <= lines, "line inside the file");
    require(finding.position.column >= 1 && finding.length >= 1, "columns count from 1");
    require(!sapa::to_string(finding).empty(), "a finding has text");
  }
  require((loaded.workspace == nullptr) == any_error, "a workspace exactly without errors");
  if (loaded.workspace != nullptr) sapa::worst_case_bytes(*loaded.workspace);
  return 0;
}
