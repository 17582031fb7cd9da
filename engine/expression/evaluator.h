// Runs a program. Used by Program::evaluate and, for constant folding, by the compiler.
#pragma once

#include "engine/expression/program.h"

namespace sapa::expression {

struct Usage {
  bool exhausted = false;  ///< a limit was hit
  uint64_t steps = 0;
};

/// The result may share memory with program, arena and variables.
Value evaluate_program(const Program::Impl& program, const Activation& activation, Arena& arena,
                       Usage* usage = nullptr, Budget* budget = nullptr);

}  // namespace sapa::expression
