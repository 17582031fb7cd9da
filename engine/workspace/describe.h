// A campaign's `when` in one plain sentence, for people who watch an engine or read a report. Says
// the structure (which events, how long, which stage); the conditions themselves are compiled by
// then, so it only says that there are some.
#pragma once

#include <string>

#include "engine/workspace/workspace.h"

namespace sapa {

/// "Product Added, then no Order Completed within 30m", "entered stage defecting", "orders reached
/// 1".
std::string describe_when(const Campaign& campaign, const Workspace& workspace);

}  // namespace sapa
