// Types as names in a text: `int`, `google.protobuf.Timestamp` …
#pragma once

#include <string_view>

#include "engine/expression/type.h"

namespace sapa::expression {

/// The name itself, in static memory, if it denotes a type; else empty.
std::string_view find_type_name(std::string_view name);
/// The type that it denotes, with dyn as parameters.
Type type_of_name(std::string_view name);

}  // namespace sapa::expression
