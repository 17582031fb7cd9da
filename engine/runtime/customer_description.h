// Everything known about a customer, as JSON for people and programs: GET /v1/customers/{id} and
// `sapa inspect customer`.
#pragma once

#include <string>

#include "engine/customer/customer.h"
#include "engine/workspace/workspace.h"

namespace sapa {

/// `now` is the moment as of which metrics are read.
std::string describe_customer(const Customer& customer, const Workspace& workspace, Timestamp now);

}  // namespace sapa
