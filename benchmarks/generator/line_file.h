// A file that lines are written to: plain, compressed where its name ends in .gz, or standard
// output for `-`. Lines are gathered and written in large pieces.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include <zlib.h>

#include "engine/base/result.h"

namespace sapa::shop {

class LineFile {
 public:
  static Result<LineFile> open(const std::string& path);

  Status write(std::string_view line);

  /// Writes what is left and closes; without it the file's end may be missing.
  Status close();

 private:
  explicit LineFile(std::string path) : path_(std::move(path)) {}
  Status flush();
  Error failure(std::string_view what) const;

  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  struct CloseGzip {
    void operator()(gzFile file) const { gzclose(file); }
  };

  std::string path_;
  std::unique_ptr<std::FILE, CloseFile> plain_;
  std::unique_ptr<gzFile_s, CloseGzip> gzip_;
  std::string buffer_;
};

}  // namespace sapa::shop
