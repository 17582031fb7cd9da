// What shards decide by, as of one moment: a compiled workspace and which of its campaigns an
// operator has killed. Immutable, shared by all shards, switched whole.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/customer/customer_codec.h"
#include "engine/decision/decider.h"
#include "engine/workspace/workspace.h"

namespace sapa {

struct Rules {
  std::shared_ptr<const Workspace> workspace;
  std::shared_ptr<const RecordLayout> layout;  ///< of the workspace, made once for all shards
  std::shared_ptr<const KilledCampaigns> killed = std::make_shared<const KilledCampaigns>();
  uint64_t version = 0;  ///< goes up with every change
};

}  // namespace sapa
