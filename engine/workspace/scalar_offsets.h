// From a position in a scalar's text back to the byte of the file that it came from: through
// quotes, escapes, folded lines and the indentation of block scalars. For pointing at the exact
// place of an error inside an expression.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/workspace/yaml_tree.h"

namespace sapa {

/// One offset into the file per byte of `scalar.text`, and one for its end; they never decrease.
std::vector<uint32_t> scalar_offsets(const Node& scalar);

}  // namespace sapa
