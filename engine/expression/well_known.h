// The messages of google.protobuf that are values of the language: wrappers, Struct, Value,
// ListValue, Timestamp and Duration. All other messages are refused.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/value.h"
#include "engine/expression/context.h"
#include "engine/expression/type.h"

namespace sapa::expression {

bool is_well_known_message(std::string_view name);
/// The type of `name{…}`.
Type well_known_type(std::string_view name);
/// The type that the field takes; an error type if there is no such field.
Type well_known_field(std::string_view message, std::string_view field);
/// Why `name{…}` cannot be written.
std::string unsupported_message(std::string_view name);

/// Builds the value from fields that were checked neither for name nor type.
Value make_well_known(EvalContext& context, std::string_view message, const MapEntry* fields,
                      uint32_t count);

/// CEL's conversion to JSON values: numbers as doubles (strings beyond 2^53), bytes as base64,
/// times as texts.
Value to_json_value(EvalContext& context, const Value& value);

}  // namespace sapa::expression
