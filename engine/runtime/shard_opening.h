// Gives a shard its state back: opens its store, replays what the changelog holds beyond it, loads
// clock and timers. Runs beside the worker's thread.
#pragma once

#include <memory>

#include "engine/ports/log.h"
#include "engine/runtime/opener.h"

namespace sapa {

/// `stores` and `connection` outlive the job.
Opener::Job shard_opening_job(Assignment assignment, std::shared_ptr<const Workspace> workspace,
                              ShardOptions options, StoreFactory& stores, Connection& connection,
                              std::shared_ptr<RestoreProgress> progress);

}  // namespace sapa
