#include "engine/cli/line_editor.h"

#include <cstdlib>
#include <filesystem>

#include <editline/readline.h>

namespace sapa {
namespace {

namespace fs = std::filesystem;

constexpr int kLinesKept = 1000;

/// Empty if there is no place for it.
std::string history_file(const std::string& name) {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  fs::path folder;
  if (state != nullptr && fs::path(state).is_absolute()) {
    folder = state;
  } else if (home != nullptr && *home != '\0') {
    folder = fs::path(home) / ".local" / "state";
  } else {
    return {};
  }
  std::error_code error;
  fs::create_directories(folder / "sapa", error);
  return error ? std::string() : (folder / "sapa" / name).string();
}

}  // namespace

LineEditor::LineEditor(const std::string& name) : history_file_(history_file(name)) {
  using_history();
  stifle_history(kLinesKept);
  if (!history_file_.empty()) read_history(history_file_.c_str());
}

LineEditor::~LineEditor() {
  if (!history_file_.empty()) write_history(history_file_.c_str());
}

bool LineEditor::read(const char* prompt, std::string& line) {
  char* typed = readline(prompt);
  if (typed == nullptr) return false;
  line = typed;
  std::free(typed);
  bool blank = line.find_first_not_of(" \t") == std::string::npos;
  HIST_ENTRY* last = history_length > 0 ? history_get(history_base + history_length - 1) : nullptr;
  if (!blank && (last == nullptr || line != last->line)) add_history(line.c_str());
  return true;
}

}  // namespace sapa
