// A decision as bytes: JSON (the standard JSON mapping of proto/sapa/v1/decision.proto) or
// protobuf. Both append to `out` and never clear it; the JSON form allocates nothing beyond its
// growth.
#pragma once

#include <string>

#include "engine/decision/decision.h"

namespace sapa {

/// `campaign`, `customerId`, `time`, `reason` and `triggerId` are always there; other fields where
/// they are not empty.
void append_decision_json(const Decision& decision, std::string& out);

/// sapa.v1.Decision. Texts that are not UTF-8 have their bad bytes replaced by U+FFFD, as in JSON.
void append_decision_protobuf(const Decision& decision, std::string& out);

}  // namespace sapa
