// Types for every node, and the errors that can be known before evaluation. dyn goes with
// everything: what is dynamic is decided when evaluated.
#pragma once

#include <string_view>

#include "engine/expression/ast.h"
#include "engine/expression/expression.h"

namespace sapa::expression {

/// The type of the whole expression. The tree must be resolved. Findings go to `diagnostics`.
Type check(const Ast& ast, std::string_view source, const Environment& environment,
           Diagnostics& diagnostics);

}  // namespace sapa::expression
