// One file of a workspace as it stands, and where a byte of it is in lines and columns. Columns
// count characters (code points), as editors show them; bytes are what the YAML and CEL parsers
// speak of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/workspace/workspace.h"

namespace sapa {

class SourceText {
 public:
  /// A byte order mark at the beginning is dropped.
  SourceText(std::string file, std::string text);

  const std::string& file() const { return file_; }
  const std::string& text() const { return text_; }
  /// Offsets past the end are the end.
  SourcePosition position(uint32_t offset) const;
  /// The line that the offset lies in, without its line break.
  std::string_view line_at(uint32_t offset) const;
  uint32_t bytes_before_in_line(uint32_t offset) const;
  /// How many characters `bytes` bytes from `offset` are, within that line; at least 1.
  uint32_t columns(uint32_t offset, uint32_t bytes) const;

 private:
  size_t line_index(uint32_t offset) const;

  std::string file_;
  std::string text_;
  std::vector<uint32_t> line_starts_;
};

}  // namespace sapa
