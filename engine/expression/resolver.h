// Gives every name its meaning: variable, local of a macro, type or function, by CEL's rules of
// containers, qualified names (the longest declared prefix wins) and shadowing. Names without a
// meaning stay unresolved; the checker reports them. Also rewrites `x.f.orValue(d)` to
// `x.?f.orValue(d)`.
#pragma once

#include "engine/expression/ast.h"
#include "engine/expression/expression.h"

namespace sapa::expression {

struct Resolved {
  uint32_t locals = 0;  ///< slots that macros need
};

/// Completes the nodes in place. `ast.root` must not be null.
Resolved resolve(Ast& ast, const Environment& environment);

/// "a.b.c" of a plain chain of member selections that starts with a name; false for anything else.
bool plain_chain(const Expr* e, std::string& out);

}  // namespace sapa::expression
