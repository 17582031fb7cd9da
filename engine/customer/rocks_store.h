// A shard's customers in a RocksDB of its own: a folder that can be handed over, restored and
// deleted. Changes are gathered in memory and written at checkpoints, each customer once, in one
// batch with the changelog position that they correspond to; what a crash leaves is the state as of
// some checkpoint, never a part of one.
//
// Column families (format 4):
//   default    not used
//   customers  customer id → the customer's record (customer_codec.h); first and last: "position"
//   timers     timer key (timer_key.h) → empty; for each customer who has a timer, the earliest;
//              first and last: "position"
//   meta       "format" → "4"; "position" → 8 bytes big-endian; "meta" → the shard's own bytes;
//              "restoring" → "" while the first restore has not come to its end
//
// A checkpoint is written as tables (table_writer.h), beside the thread that works, and is on the
// disk once it is written. A store that begins empty is taken to be one that is being restored:
// until that is over, or changes come slowly, it writes large batches and is not compacted; also
// when it is interrupted and opened again.
//
// The position stands at both ends of each family: where they differ the store is damaged.
#pragma once

#include <memory>
#include <string>

#include "engine/base/time.h"
#include "engine/customer/store.h"

namespace sapa {

class RocksResources;

struct RocksStoreSettings {
  /// Unwritten changes that make a checkpoint worth it, or the share of what all stores may gather.
  size_t checkpoint_bytes = 8 << 20;
  // What is not on the disk is replayed from the changelog after a crash. So these bound the time
  // that a restart takes; the first of them counts.
  Duration checkpoint_every = minutes(2);
  size_t checkpoint_after_changes = 25'000;
  size_t all_checkpoint_after_changes = 100'000;  ///< divided among the open stores
  bool write_beside = true;                       ///< on a thread of its own
  std::function<void()> closed = {};              ///< called when the folder is free again
};

/// Bytes, for metrics.
struct StoreFigures {
  size_t pending_bytes = 0;
  size_t sst_bytes = 0;
  size_t table_reader_bytes = 0;
  uint64_t estimated_customers = 0;
};

/// In a store's folder: what is wrong with it.
inline constexpr const char* kDamagedFile = "DAMAGED";

class RocksStore final : public CustomerStore {
 public:
  /// Creates the folder if it is missing. An error names the remedy: another process has it open,
  /// it is damaged, or another version of the program wrote it. Damage, also when it is found
  /// later, leaves a file DAMAGED in the folder, which says what it is.
  static Result<std::unique_ptr<RocksStore>> open(std::shared_ptr<RocksResources> resources,
                                                  const std::string& folder,
                                                  const RocksStoreSettings& settings = {});
  /// For inspection, also while a running engine has the folder open: the state as of that engine's
  /// last checkpoint.
  static Result<std::unique_ptr<RocksStore>> open_read_only(
      std::shared_ptr<RocksResources> resources, const std::string& folder);

  /// Changes since the last checkpoint are dropped: the changelog has them.
  ~RocksStore() override;

  Result<bool> get(std::string_view customer_id, std::string& bytes) override;
  Status get_many(std::span<const std::string_view> ids,
                  const std::function<Status(size_t, std::string_view)>& found) override;
  Status apply(const StoredCustomer& change) override;
  Status apply_meta(std::string_view meta, int64_t changelog_position) override;
  Status checkpoint(bool force) override;
  bool restoring() const override;
  Status end_restore() override;
  int64_t changelog_position() const override;
  std::string meta() const override;
  Status timers_from(const StoredTimer& from,
                     const std::function<bool(const StoredTimer&)>& found) override;
  Status scan(const std::function<void(std::string_view, std::string_view)>& found) override;
  size_t pending_bytes() const override;
  Error damaged(const std::string& what) override;

  /// Any thread, as long as the store lives.
  StoreFigures figures() const;

 private:
  struct State;
  explicit RocksStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sapa
