#include "engine/workspace/scalar_offsets.h"

#include <algorithm>
#include <string_view>

namespace sapa {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

uint32_t utf8_bytes(uint32_t code_point) {
  return code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
}

uint32_t hex_value(std::string_view digits) {
  uint32_t value = 0;
  for (char c : digits) {
    value = value * 16 + static_cast<uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return value;
}

/// Walks through the file and the text side by side. Where they do not fit together (which would be
/// a bug here), the rest maps to the last place that did.
class Alignment {
 public:
  explicit Alignment(const Node& scalar)
      : raw_(scalar.source->text()), text_(scalar.text), raw_at_(scalar.offset) {
    offsets_.reserve(text_.size() + 1);
  }

  std::vector<uint32_t> flow(char quote) {
    if (quote != 0) ++raw_at_;
    while (text_at() < text_.size() && raw_at_ < raw_.size()) {
      if (is_blank(raw_[raw_at_]) && folds_here()) {
        fold();
      } else if (quote == '"' && raw_[raw_at_] == '\\') {
        if (!escape()) break;
      } else if (raw_[raw_at_] == text_[text_at()]) {
        size_t step = quote == '\'' && raw_[raw_at_] == '\'' ? 2 : 1;
        take(1, step);
      } else {
        break;
      }
    }
    return finish();
  }

  std::vector<uint32_t> block() {
    skip_line();
    size_t indent = block_indent();
    skip_indent(indent);
    while (text_at() < text_.size() && raw_at_ < raw_.size()) {
      char c = text_[text_at()];
      if (raw_[raw_at_] == '\n' || raw_[raw_at_] == '\r') {
        if (c != '\n' && c != ' ') break;
        size_t count = 1;
        while (c == '\n' && text_at() + count < text_.size() && text_[text_at() + count] == '\n') {
          ++count;
        }
        take(count, 0);
        while (raw_at_ < raw_.size() && (raw_[raw_at_] == '\n' || raw_[raw_at_] == '\r')) {
          if (raw_[raw_at_++] == '\n') skip_indent(indent);
        }
      } else if (raw_[raw_at_] == c) {
        take(1, 1);
      } else {
        break;
      }
    }
    return finish();
  }

 private:
  size_t text_at() const { return offsets_.size(); }

  void take(size_t text_bytes, size_t raw_bytes) {
    for (size_t i = 0; i < text_bytes && text_at() < text_.size(); ++i) {
      offsets_.push_back(static_cast<uint32_t>(std::min(raw_at_, raw_.size())));
    }
    raw_at_ += raw_bytes;
  }

  /// Whether the blanks here hold a line break, and so are one space or the breaks that follow the
  /// first.
  bool folds_here() const {
    for (size_t i = raw_at_; i < raw_.size() && is_blank(raw_[i]); ++i) {
      if (raw_[i] == '\n') return true;
    }
    return false;
  }
  void fold() {
    size_t count = 0;
    while (text_at() + count < text_.size() && is_blank(text_[text_at() + count])) ++count;
    take(count, 0);
    while (raw_at_ < raw_.size() && is_blank(raw_[raw_at_])) ++raw_at_;
  }

  bool escape() {
    if (raw_at_ + 1 >= raw_.size()) return false;
    char kind = raw_[raw_at_ + 1];
    if (kind == '\n' || kind == '\r') {  // a line that goes on in the next
      ++raw_at_;
      while (raw_at_ < raw_.size() && is_blank(raw_[raw_at_])) ++raw_at_;
      return true;
    }
    size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    uint32_t bytes = 1;
    if (digits > 0) {
      bytes = utf8_bytes(hex_value(raw_.substr(std::min(raw_at_ + 2, raw_.size()), digits)));
    } else if (kind == 'N' || kind == '_') {
      bytes = 2;
    } else if (kind == 'L' || kind == 'P') {
      bytes = 3;
    }
    take(bytes, 2 + digits);
    return true;
  }

  void skip_line() {
    while (raw_at_ < raw_.size() && raw_[raw_at_] != '\n') ++raw_at_;
    if (raw_at_ < raw_.size()) ++raw_at_;
  }
  void skip_indent(size_t indent) {
    for (size_t i = 0; i < indent && raw_at_ < raw_.size() && raw_[raw_at_] == ' '; ++i) ++raw_at_;
  }

  static size_t leading_spaces_of_first_line(std::string_view text) {
    size_t spaces = 0;
    for (char c : text) {
      if (c == '\n' || c == '\r') {
        spaces = 0;
      } else if (c == ' ') {
        ++spaces;
      } else {
        break;
      }
    }
    return spaces;
  }
  /// What the file's first line with text has more than the text's.
  size_t block_indent() const {
    size_t in_file = leading_spaces_of_first_line(raw_.substr(std::min(raw_at_, raw_.size())));
    size_t in_text = leading_spaces_of_first_line(text_);
    return in_file > in_text ? in_file - in_text : 0;
  }

  std::vector<uint32_t> finish() {
    auto end = static_cast<uint32_t>(std::min(raw_at_, raw_.size()));
    offsets_.resize(text_.size() + 1, end);
    return std::move(offsets_);
  }

  std::string_view raw_;
  std::string_view text_;
  size_t raw_at_;
  std::vector<uint32_t> offsets_;
};

}  // namespace

std::vector<uint32_t> scalar_offsets(const Node& scalar) {
  const std::string& raw = scalar.source->text();
  char first = scalar.offset < raw.size() && !scalar.plain ? raw[scalar.offset] : '\0';
  if (first == '|' || first == '>') return Alignment(scalar).block();
  return Alignment(scalar).flow(first == '"' || first == '\'' ? first : '\0');
}

}  // namespace sapa
