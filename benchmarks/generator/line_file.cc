#include "benchmarks/generator/line_file.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <unistd.h>

namespace sapa::shop {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 20;

}  // namespace

Result<LineFile> LineFile::open(const std::string& path) {
  LineFile file(path);
  if (path == "-") {
    // A copy of the descriptor, so that closing it reports a full disk behind a redirection.
    const int copy = ::dup(STDOUT_FILENO);
    if (copy >= 0) file.plain_.reset(::fdopen(copy, "w"));
  } else if (path.ends_with(".gz")) {
    file.gzip_.reset(gzopen(path.c_str(), "wb1"));
  } else {
    file.plain_.reset(std::fopen(path.c_str(), "w"));
  }
  if (!file.plain_ && !file.gzip_) return file.failure("cannot be opened");
  if (file.plain_) std::setvbuf(file.plain_.get(), nullptr, _IONBF, 0);
  file.buffer_.reserve(kBufferBytes + 4096);
  return file;
}

Status LineFile::write(std::string_view line) {
  buffer_ += line;
  buffer_ += '\n';
  if (buffer_.size() >= kBufferBytes) return flush();
  return {};
}

Status LineFile::flush() {
  if (buffer_.empty()) return {};
  const bool written =
      plain_ ? std::fwrite(buffer_.data(), 1, buffer_.size(), plain_.get()) == buffer_.size()
             : gzwrite(gzip_.get(), buffer_.data(), static_cast<unsigned>(buffer_.size())) > 0;
  if (!written) return failure("cannot be written");
  buffer_.clear();
  return {};
}

Status LineFile::close() {
  if (auto flushed = flush(); !flushed) return flushed;
  const bool closed =
      plain_ ? std::fclose(plain_.release()) == 0 : gzclose(gzip_.release()) == Z_OK;
  if (!closed) return failure("cannot be closed");
  return {};
}

Error LineFile::failure(std::string_view what) const {
  return environment_error(fmt::format("{} {}: {}", path_ == "-" ? "standard output" : path_, what,
                                       std::strerror(errno)),
                           false);
}

}  // namespace sapa::shop
