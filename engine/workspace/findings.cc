#include "engine/workspace/findings.h"

#include <algorithm>
#include <tuple>

#include "engine/workspace/yaml_tree.h"

namespace sapa {
namespace {

constexpr size_t kLongestNameCompared = 64;
constexpr size_t kShownLine = 400;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// How many edits may lie between a typing error and what was meant.
size_t tolerance(size_t length) { return length <= 3 ? 1 : length <= 8 ? 2 : 3; }

uint32_t length_of(const Node& node) {
  if (!node.is_scalar()) return 1;
  return static_cast<uint32_t>(node.text.size() + (node.plain ? 0 : 2));
}

auto order_of(const Finding& finding) {
  return std::tie(finding.position.file, finding.position.line, finding.position.column,
                  finding.severity, finding.message);
}

}  // namespace

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replace = last[j - 1] + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

void Findings::add(Finding::Severity severity, const SourceText& source, uint32_t offset,
                   uint32_t bytes, std::string message, std::string suggestion) {
  if (severity == Finding::Severity::kError) ++errors_;
  if (full()) return;
  Finding finding;
  finding.severity = severity;
  finding.position = source.position(offset);
  finding.length = source.columns(offset, bytes);
  finding.message = std::move(message);
  finding.suggestion = std::move(suggestion);
  finding.source_line = std::string(source.line_at(offset).substr(0, kShownLine));
  findings_.push_back(std::move(finding));
}

void Findings::error(const SourceText& source, uint32_t offset, uint32_t bytes, std::string message,
                     std::string suggestion) {
  add(Finding::Severity::kError, source, offset, bytes, std::move(message), std::move(suggestion));
}

void Findings::warning(const SourceText& source, uint32_t offset, uint32_t bytes,
                       std::string message, std::string suggestion) {
  add(Finding::Severity::kWarning, source, offset, bytes, std::move(message),
      std::move(suggestion));
}

void Findings::error(const Node& node, std::string message, std::string suggestion) {
  error(*node.source, node.offset, length_of(node), std::move(message), std::move(suggestion));
}

void Findings::warning(const Node& node, std::string message, std::string suggestion) {
  warning(*node.source, node.offset, length_of(node), std::move(message), std::move(suggestion));
}

std::string Findings::nearest(std::string_view name,
                              const std::vector<std::string>& candidates) const {
  if (full() || name.size() > kLongestNameCompared) return {};
  const std::string* best = nullptr;
  size_t best_distance = tolerance(name.size()) + 1;
  for (const std::string& candidate : candidates) {
    size_t longer = std::max(candidate.size(), name.size());
    size_t shorter = std::min(candidate.size(), name.size());
    if (longer - shorter >= best_distance || candidate == name) continue;
    size_t distance = edit_distance(name, candidate);
    if (distance >= best_distance || distance >= longer) continue;
    best = &candidate, best_distance = distance;
  }
  return best == nullptr ? std::string() : *best;
}

std::vector<Finding> Findings::take() {
  std::stable_sort(findings_.begin(), findings_.end(),
                   [](const Finding& a, const Finding& b) { return order_of(a) < order_of(b); });
  auto same = [](const Finding& a, const Finding& b) { return order_of(a) == order_of(b); };
  findings_.erase(std::unique(findings_.begin(), findings_.end(), same), findings_.end());
  return std::move(findings_);
}

std::string to_string(const Finding& finding) {
  std::string out = finding.position.file + ":" + std::to_string(finding.position.line) + ":" +
                    std::to_string(finding.position.column) + ": ";
  out += finding.severity == Finding::Severity::kError ? "error: " : "warning: ";
  out += finding.message;
  if (!finding.suggestion.empty()) out += "; did you mean `" + finding.suggestion + "`?";
  if (finding.position.line == 0 || finding.source_line.empty()) return out;
  std::string margin = "  " + std::to_string(finding.position.line) + " | ";
  out += "\n" + margin + finding.source_line + "\n" + std::string(margin.size() - 2, ' ') + "| ";
  uint32_t column = 1;
  for (size_t i = 0; i < finding.source_line.size() && column < finding.position.column; ++i) {
    char c = finding.source_line[i];
    if ((static_cast<uint8_t>(c) & 0xC0) == 0x80) continue;
    out += c == '\t' ? '\t' : ' ';
    ++column;
  }
  out += '^';
  if (finding.length > 1) out += std::string(finding.length - 1, '~');
  return out;
}

}  // namespace sapa
