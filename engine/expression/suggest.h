// "Did you mean …?": the nearest known name by edit distance.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/expression/expression.h"

namespace sapa::expression {

/// Insertions, deletions, replacements and swaps of neighbours; more than `limit` counts as limit
/// + 1.
uint32_t edit_distance(std::string_view a, std::string_view b, uint32_t limit);

/// The nearest of `known`, if it is near enough to be a slip of the hand; else empty.
std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known);

/// For "metrics.order.total": the declared variable nearest to a front of the chain, with the rest
/// appended.
std::string nearest_variable(std::string_view chain, const Environment& environment);

}  // namespace sapa::expression
