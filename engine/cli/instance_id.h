// The name under which a process is known in its consumer group: made once, kept in the state
// folder. So a restart on the same folder takes its partitions back at once, and two processes
// never share a name, since they can't share a folder.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace sapa {

Result<std::string> instance_id(const std::string& state_dir);

}  // namespace sapa
