// How what `--memory` allows is divided: it is meant for all of the process.
#pragma once

#include <algorithm>
#include <cstddef>

namespace sapa {

struct MemoryPlan {
  /// The program itself, its threads, and what Kafka's client has read ahead for two workers.
  static constexpr size_t kFixed = size_t{64} << 20;

  size_t hot_customers;  ///< of all workers
  size_t rocksdb;        ///< blocks, filters, indexes
  size_t epoch;          ///< of one epoch; two workers have four in memory

  /// What malloc leaves for use: tcmalloc keeps free pieces, in all sizes and for each thread.
  static size_t usable(size_t all) { return all - all / 5; }

  /// Of what is usable a quarter is for RocksDB, an eighth for what stores have yet to write
  /// (RocksResources::Share is told of RocksDB's part), an eighth for epochs, the rest for hot
  /// customers. With less than 256 MB it is not enough, and they get an eighth nevertheless.
  static MemoryPlan of(size_t all) {
    const size_t part = usable(all);
    const size_t most = part / 2 - std::min(part / 2, kFixed);
    return {std::max(most, part / 8), part / 4,
            std::clamp<size_t>(part / 32, size_t{4} << 20, size_t{64} << 20)};
  }
};

}  // namespace sapa
