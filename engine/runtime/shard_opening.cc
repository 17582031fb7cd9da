#include "engine/runtime/shard_opening.h"

namespace sapa {

Opener::Job shard_opening_job(Assignment assignment, std::shared_ptr<const Workspace> workspace,
                              ShardOptions options, StoreFactory& stores, Connection& connection,
                              std::shared_ptr<RestoreProgress> progress) {
  return [=, &stores, &connection](std::stop_token stop) -> Result<std::unique_ptr<Shard>> {
    auto store = stores.open(assignment.partition);
    if (!store) return store.error();
    auto shard = std::make_unique<Shard>(assignment.partition, assignment.next_offset, workspace,
                                         std::move(*store), options);
    Status restored = connection.restore(assignment.partition, shard->changelog_position(), *shard,
                                         *progress, stop);
    if (!restored) return restored.error();
    if (Status opened = shard->open(); !opened) return opened.error();
    return shard;
  };
}

}  // namespace sapa
