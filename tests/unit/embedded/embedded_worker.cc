// A tiny engine on the embedded log of the given folder, until it is killed. Two workers put out
// one trigger for each event and count each customer's events in its record; meanwhile events are
// appended whose values are numbers. Prints each number once its event is acknowledged.
#include <cstdlib>
#include <map>
#include <string>
#include <thread>

#include <unistd.h>

#include "connectors/embedded/embedded_log.h"
#include "engine/customer/rocks_options.h"

namespace {

using namespace sapa;

class Counting final : public InputHandler {
 public:
  Counting(EmbeddedLog& log, Connection& connection) : log_(log), connection_(connection) {}

  void on_assigned(std::span<const Assignment> assignments) override {
    for (const auto& assignment : assignments) {
      auto store = log_.open(assignment.partition);
      if (!store.ok()) _exit(5);
      stores_[assignment.partition] = std::move(*store);
      connection_.start_reading(assignment.partition);
    }
  }
  void on_items(std::span<const InputItem> items) override {
    Epoch epoch;
    auto& shard = epoch.shards.emplace_back();
    std::map<std::string, int> counts;
    for (const InputItem& item : items) {
      shard.partition = item.partition;
      shard.next_offset = item.offset + 1;
      auto [at, is_new] = counts.try_emplace(std::string(item.record.key), 0);
      std::string bytes;
      auto found = stores_[item.partition]->get(at->first, bytes);
      if (!found.ok()) _exit(3);
      if (is_new && *found) at->second = std::atoi(bytes.c_str());
      ++at->second;
      shard.outputs.push_back({Stream::kTriggers, item.record.key, item.record.value, {}, {1}});
    }
    for (const auto& [id, count] : counts) {
      shard.changes.push_back({id, epoch.bytes.copy(std::to_string(count))});
    }
    if (!connection_.commit(epoch).ok()) _exit(4);
  }
  void on_revoked() override {}
  void on_lost() override {}

 private:
  EmbeddedLog& log_;
  Connection& connection_;
  std::map<int32_t, std::unique_ptr<CustomerStore>> stores_;
};

void work(EmbeddedLog& log, int worker) {
  auto connection = log.connect(worker, 2);
  Counting handler(log, *connection);
  while (connection->poll(sapa::seconds(1), handler).ok()) {
  }
  _exit(5);
}

}  // namespace

int main(int, char** argv) {
  auto resources = std::make_shared<RocksResources>(RocksSettings{size_t{8} << 20, 1});
  auto opened = EmbeddedLog::open(resources, argv[1], {.partitions = 3});
  if (!opened.ok()) return 2;
  EmbeddedLog& log = **opened;
  std::thread first(work, std::ref(log), 0), second(work, std::ref(log), 1);
  for (int i = 0;; ++i) {
    std::string number = std::to_string(getpid()) + "-" + std::to_string(i);
    std::string customer = "c" + std::to_string(i % 7);
    log.append({{customer, number}}, [line = number + "\n"](Status status) {
      if (!status.ok() || write(STDOUT_FILENO, line.data(), line.size()) < 0) _exit(6);
    });
    if (i % 20 == 0 && !log.append_and_wait({{"pace", "pace-" + number}}).ok()) return 7;
  }
}
