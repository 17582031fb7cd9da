// Tree to program: slots instead of names, constants folded, patterns compiled, logical operators
// as jumps.
#pragma once

#include <memory>

#include "engine/expression/program.h"

namespace sapa::expression {

/// The tree must be resolved (and checked, if it shall be). Null, and a diagnostic, if a constant
/// pattern of matches() is wrong. `indexed`: the text that the tree was parsed from, to find the
/// program's conjuncts too; empty: not.
std::unique_ptr<Program::Impl> compile_tree(const Ast& ast, uint32_t locals,
                                            const Environment& environment, const Limits& limits,
                                            Diagnostics& diagnostics,
                                            std::string_view indexed = {});

}  // namespace sapa::expression
