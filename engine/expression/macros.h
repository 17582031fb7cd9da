// Calls that are not functions: has(), all(), map(), cel.bind() … The parser hands each call it has
// read to expand_macro, which turns it into a node of its own kind if it is one.
#pragma once

#include <string>

#include "engine/expression/ast.h"

namespace sapa::expression {

struct MacroResult {
  Expr* expr = nullptr;         ///< the call itself if it is no macro; null on failure
  const Expr* where = nullptr;  ///< what `error` is about
  std::string error;
};

/// `call` is a kCall without operator; its args start with the receiver if it is a member call.
MacroResult expand_macro(Expr* call, Ast& ast);

}  // namespace sapa::expression
