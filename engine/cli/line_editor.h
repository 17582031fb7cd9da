// Lines typed at a terminal: edited with the usual keys, and remembered from one session to the
// next in $XDG_STATE_HOME/sapa (else ~/.local/state/sapa). Where the history cannot be kept,
// editing works without it. One at a time: the terminal and the library's state are the process's.
#pragma once

#include <string>

namespace sapa {

class LineEditor {
 public:
  /// `name` of the history's file.
  explicit LineEditor(const std::string& name);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// False at the end of input (Ctrl-D).
  bool read(const char* prompt, std::string& line);

 private:
  std::string history_file_;  // empty: there is none
};

}  // namespace sapa
