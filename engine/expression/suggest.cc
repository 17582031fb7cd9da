#include "engine/expression/suggest.h"

#include <algorithm>

namespace sapa::expression {
namespace {

constexpr size_t kLongestName = 64;

uint32_t allowed_distance(size_t length) {
  return length <= 2 ? 0 : length <= 4 ? 1 : length <= 8 ? 2 : 3;
}

/// The part of `chain` with as many segments as `name`; empty if it has fewer.
std::string_view front_like(std::string_view chain, std::string_view name) {
  auto dots = std::count(name.begin(), name.end(), '.');
  size_t end = 0;
  for (;;) {
    end = chain.find('.', end);
    if (dots-- == 0) return chain.substr(0, end);
    if (end == std::string_view::npos) return {};
    ++end;
  }
}

}  // namespace

uint32_t edit_distance(std::string_view a, std::string_view b, uint32_t limit) {
  size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > limit || a.size() > kLongestName || b.size() > kLongestName) return limit + 1;
  uint32_t rows[3][kLongestName + 1];
  for (size_t j = 0; j <= b.size(); ++j) rows[0][j] = static_cast<uint32_t>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    uint32_t* row = rows[i % 3];
    const uint32_t* above = rows[(i + 2) % 3];
    const uint32_t* two_above = rows[(i + 1) % 3];
    row[0] = static_cast<uint32_t>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      uint32_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], two_above[j - 2] + 1);
      }
    }
  }
  return std::min(rows[a.size() % 3][b.size()], limit + 1);
}

std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known) {
  uint32_t best = allowed_distance(name.size()) + 1;
  std::string_view found;
  for (std::string_view candidate : known) {
    uint32_t distance = edit_distance(name, candidate, best);
    if (distance < best) best = distance, found = candidate;
  }
  return found;
}

std::string nearest_variable(std::string_view chain, const Environment& environment) {
  uint32_t best = UINT32_MAX;
  std::string found;
  for (const Environment::Variable& variable : environment.variables()) {
    std::string_view front = front_like(chain, variable.name);
    if (front.empty()) {
      // "metrics" alone, where only "metrics.orders" is declared.
      bool is_prefix = variable.name.size() > chain.size() && variable.name[chain.size()] == '.' &&
                       std::string_view(variable.name).starts_with(chain);
      if (is_prefix && best == UINT32_MAX) found = variable.name;
      continue;
    }
    uint32_t allowed = allowed_distance(front.size());
    uint32_t distance = edit_distance(front, variable.name, allowed);
    if (distance <= allowed && distance < best) {
      best = distance;
      found = variable.name + std::string(chain.substr(front.size()));
    }
  }
  return found;
}

}  // namespace sapa::expression
