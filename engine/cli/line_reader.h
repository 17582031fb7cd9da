// Lines of a text file, of a gzip file (recognised by its content), or of standard input ("-").
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

#include "engine/base/result.h"

namespace sapa {

class LineReader {
 public:
  /// Bytes that may be read, but mean nothing, behind every line: parsers that work in wide steps
  /// need them.
  static constexpr size_t kPadding = 128;
  static constexpr size_t kMaxLineBytes = 64 << 20;

  static Result<LineReader> open(const std::string& path);

  /// False at the end. `line` has no line break and is valid until the next call. A line that is
  /// too long, or a damaged gzip file, is an error.
  Result<bool> next(std::string_view& line);

  /// Of the line given last, from 1.
  uint64_t line_number() const { return line_number_; }
  const std::string& name() const { return name_; }

 private:
  struct Close {
    void operator()(gzFile_s* file) const { gzclose(file); }
  };

  Result<bool> fill();

  std::string name_;
  std::unique_ptr<gzFile_s, Close> file_;
  std::vector<char> buffer_;
  size_t begin_ = 0;    ///< of what is not given yet
  size_t scanned_ = 0;  ///< no line break between begin_ and here
  size_t end_ = 0;
  bool at_end_ = false;
  uint64_t line_number_ = 0;
};

}  // namespace sapa
