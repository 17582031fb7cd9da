// YAML nodes as JSON, for events and for what is expected of mappings: plain scalars that JSON
// knows as numbers, true, false or null are these, all others are strings.
#pragma once

#include <string>
#include <string_view>

#include "engine/workspace/yaml_tree.h"

namespace sapa::scenarios {

std::string to_json(const Node& node);
std::string json_string(std::string_view text);

}  // namespace sapa::scenarios
