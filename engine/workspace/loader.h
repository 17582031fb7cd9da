// A folder of YAML files → a Workspace, or every error in it with file, line, column, the line
// itself and what was probably meant. Reads the folder's *.yaml and *.yml in order of name,
// subfolders included, but for its `tests`, which holds scenarios (engine/scenario); nothing else
// is read or changed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/workspace/workspace.h"

namespace sapa {

/// The folder in a workspace that is no part of it.
inline constexpr std::string_view kTestsFolder = "tests";

struct Finding {
  enum class Severity : uint8_t { kError, kWarning };
  Severity severity = Severity::kError;
  SourcePosition position;
  uint32_t length = 1;      ///< columns to underline
  std::string message;      ///< "unknown metric `order`"
  std::string suggestion;   ///< "orders", or empty
  std::string source_line;  ///< the line as it stands in the file
};

/// "campaigns/cart.yaml:12:9: error: unknown metric `order`; did you mean `orders`?" and two lines
/// that show the place.
std::string to_string(const Finding& finding);

struct LoadedWorkspace {
  std::shared_ptr<const Workspace> workspace;  ///< null if there was any error
  std::vector<Finding> findings;               ///< in order of file and line
};

/// An Error only where the folder itself can't be read.
Result<LoadedWorkspace> load_workspace(const std::string& folder);
/// The same from memory: pairs of file name and text; for tests and the API.
LoadedWorkspace load_workspace_texts(const std::vector<std::pair<std::string, std::string>>& files);

/// The files that load_workspace() would read, relative to the folder and in order.
Result<std::vector<std::string>> workspace_files(const std::string& folder);

/// The most bytes that one customer's record can take under this workspace, with what each
/// definition adds. For `check`.
struct WorstCase {
  struct Part {
    std::string name;
    uint64_t bytes;
  };
  std::vector<Part> parts;
  uint64_t total = 0;
};
WorstCase worst_case_bytes(const Workspace& workspace);

}  // namespace sapa
