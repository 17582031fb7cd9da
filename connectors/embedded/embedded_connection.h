// One worker's connection to the embedded log: a fixed set of partitions for as long as it lives.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "connectors/embedded/embedded_log.h"
#include "engine/base/arena.h"
#include "engine/ports/log.h"

namespace sapa {

class EmbeddedConnection final : public Connection {
 public:
  EmbeddedConnection(std::shared_ptr<EmbeddedLog> log, int worker, int workers);

  Status poll(Duration timeout, InputHandler& handler) override;
  void start_reading(int32_t partition) override;
  void ask_for_end(int32_t partition) override;
  /// Nothing to do: the state lies beside the log, and every commit is in it.
  Status restore(int32_t partition, int64_t from_position, StateSink& sink,
                 RestoreProgress& progress, std::stop_token stop) override;
  Status commit(Epoch& epoch) override;
  int64_t lag(int32_t partition) const override;
  void wake() override;
  std::string health() const override;

 private:
  struct Input {
    explicit Input(int32_t p) : partition(p) {}
    int32_t partition;
    bool ready = false;             ///< its shard takes records
    std::atomic<int64_t> next = 0;  ///< written by poll(), read by lag() on any thread
    bool end_wanted = false;
  };

  Status assign(InputHandler& handler);
  Input* find(int32_t partition);
  void wait_for_something(Duration timeout);
  Status read(Input& input, InputHandler& handler);
  void answer_ends(InputHandler& handler);

  std::shared_ptr<EmbeddedLog> log_;
  std::vector<std::unique_ptr<Input>> inputs_;
  bool assigned_ = false;
  bool woken_ = false;  ///< protected by the log's progress
  Arena arena_{1 << 16};
  std::vector<InputItem> items_;
};

}  // namespace sapa
