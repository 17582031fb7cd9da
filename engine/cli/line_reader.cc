#include "engine/cli/line_reader.h"

#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace sapa {
namespace {
constexpr size_t kReadBytes = 1 << 20;
}

Result<LineReader> LineReader::open(const std::string& path) {
  LineReader reader;
  reader.name_ = path == "-" ? "standard input" : path;
  errno = 0;
  if (path == "-") {
    const int descriptor = dup(STDIN_FILENO);
    reader.file_.reset(descriptor < 0 ? nullptr : gzdopen(descriptor, "rb"));
    if (!reader.file_ && descriptor >= 0) close(descriptor);
  } else {
    reader.file_.reset(gzopen(path.c_str(), "rb"));
  }
  if (!reader.file_) return user_error(reader.name_ + ": " + std::strerror(errno ? errno : ENOMEM));
  gzbuffer(reader.file_.get(), 256 * 1024);
  reader.buffer_.resize(kReadBytes + kPadding);
  return reader;
}

Result<bool> LineReader::next(std::string_view& line) {
  while (true) {
    if (scanned_ < end_) {
      const void* found = std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_);
      if (found) {
        const auto at = static_cast<size_t>(static_cast<const char*>(found) - buffer_.data());
        line = {buffer_.data() + begin_, at - begin_};
        begin_ = scanned_ = at + 1;
        break;
      }
      scanned_ = end_;
    }
    if (at_end_) {
      if (begin_ == end_) return false;
      line = {buffer_.data() + begin_, end_ - begin_};
      begin_ = scanned_ = end_;
      break;
    }
    auto filled = fill();
    if (!filled) return filled.error();
  }
  ++line_number_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return true;
}

Result<bool> LineReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
  }
  if (end_ > kMaxLineBytes) {
    return user_error(name_ + ":" + std::to_string(line_number_ + 1) +
                      ": the line is longer than " + std::to_string(kMaxLineBytes >> 20) + " MiB");
  }
  if (buffer_.size() < end_ + kReadBytes / 2 + kPadding) buffer_.resize(buffer_.size() * 2);
  const size_t room = buffer_.size() - kPadding - end_;
  const int got = gzread(file_.get(), buffer_.data() + end_, static_cast<unsigned>(room));
  int code = Z_OK;
  const char* text = gzerror(file_.get(), &code);
  // A gzip file that was cut short gives what it has and Z_BUF_ERROR.
  if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) {
    const std::string why = code == Z_ERRNO ? std::strerror(errno) : text;
    return environment_error(name_ + ": " + why, /*retriable=*/false);
  }
  end_ += static_cast<size_t>(got);
  at_end_ = got == 0;
  return true;
}

}  // namespace sapa
