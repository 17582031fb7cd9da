// Constants of programs: copies that live as long as the program, and lists as sets for `in`.
#pragma once

#include "engine/base/arena.h"
#include "engine/base/value.h"
#include "engine/expression/program.h"

namespace sapa::expression {

/// A copy whose bytes are all in `pool`. Host maps are not constants.
Value deep_copy(const Value& value, Arena& pool);

/// The elements of a list of scalars; they keep pointing into it.
ConstantSet make_constant_set(const Value& list);

}  // namespace sapa::expression
