// Drops what the embedded log need not keep any longer: consumed events, and triggers, decisions
// and dead letters, once they are old enough. Called now and then, on one thread.
#pragma once

#include "connectors/embedded/log_database.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace sapa::embedded {

/// Drops what was stored before `oldest_kept`. Events that are not worked in yet are kept however
/// old they are.
Status drop_older_than(Timestamp oldest_kept, const LogDatabase& log);

}  // namespace sapa::embedded
