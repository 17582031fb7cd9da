#include "engine/workspace/source_text.h"

#include <algorithm>

namespace sapa {
namespace {

uint32_t count_characters(std::string_view text) {
  auto starts_character = [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; };
  return static_cast<uint32_t>(std::count_if(text.begin(), text.end(), starts_character));
}

}  // namespace

SourceText::SourceText(std::string file, std::string text)
    : file_(std::move(file)), text_(std::move(text)) {
  if (text_.starts_with("\xEF\xBB\xBF")) text_.erase(0, 3);
  line_starts_.push_back(0);
  for (size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(static_cast<uint32_t>(i + 1));
  }
}

size_t SourceText::line_index(uint32_t offset) const {
  auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return static_cast<size_t>(after - line_starts_.begin()) - 1;
}

SourcePosition SourceText::position(uint32_t offset) const {
  offset = std::min<uint32_t>(offset, static_cast<uint32_t>(text_.size()));
  size_t line = line_index(offset);
  std::string_view before =
      std::string_view(text_).substr(line_starts_[line], offset - line_starts_[line]);
  return {file_, static_cast<uint32_t>(line + 1), count_characters(before) + 1};
}

std::string_view SourceText::line_at(uint32_t offset) const {
  offset = std::min<uint32_t>(offset, static_cast<uint32_t>(text_.size()));
  std::string_view rest = std::string_view(text_).substr(line_starts_[line_index(offset)]);
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

uint32_t SourceText::bytes_before_in_line(uint32_t offset) const {
  offset = std::min<uint32_t>(offset, static_cast<uint32_t>(text_.size()));
  return offset - line_starts_[line_index(offset)];
}

uint32_t SourceText::columns(uint32_t offset, uint32_t bytes) const {
  if (offset >= text_.size()) return 1;
  std::string_view rest = std::string_view(text_).substr(offset, bytes);
  rest = rest.substr(0, rest.find_first_of("\r\n"));
  return std::max<uint32_t>(1, count_characters(rest));
}

}  // namespace sapa
