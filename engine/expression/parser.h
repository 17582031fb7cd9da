// Source to syntax tree: the grammar of CEL, with macros expanded (engine/expression/macros.h).
// Names are not looked up here. Depth is limited, so hostile input cannot exhaust the stack.
#pragma once

#include <string_view>

#include "engine/expression/ast.h"
#include "engine/expression/expression.h"

namespace sapa::expression {

/// On failure the tree's root is null and `diagnostics` holds the first error.
Ast parse(std::string_view source, const Limits& limits, Diagnostics& diagnostics);

}  // namespace sapa::expression
