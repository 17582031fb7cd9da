// The JSON mapping of CEL's own cel.expr.Value ({"int64Value":"1"}, {"listValue":{"values":[…]}} …)
// and of cel.expr.Type ({"primitive":"INT64"} …): how conformance cases and `sapa expr --typed`
// write values.
#pragma once

#include <string>

#include "engine/base/arena.h"
#include "engine/base/result.h"
#include "engine/base/value.h"
#include "engine/expression/expression.h"

namespace sapa::expression {

/// `json` is what JsonReader gives; the result may share its memory.
Result<Value> value_from_typed_json(const Value& json, Arena& arena);
void append_typed_json(const Value& value, std::string& out);

Result<Type> type_from_typed_json(const Value& json);
void append_type_json(const Type& type, std::string& out);

/// Declares what a "type_env" says: [{"name": …, "ident": {"type": …}}, {"name": …, "function":
/// …}]. Variables get the slots from `next_slot` on.
Status declare_from_typed_json(const Value& json, Environment& environment, uint32_t& next_slot);

}  // namespace sapa::expression
