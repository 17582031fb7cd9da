// Ten million customers of one shard each have a timer pending. How long does the shard take to
// start on its disk, how late do the timers fire when 10,000 of them are due each second, and how
// much memory does that take? Expected: 2 s; 100 ms; no more than with few timers. The shard is
// driven directly, so that there is no log to wait for.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/customer/rocks_options.h"
#include "engine/customer/rocks_store.h"
#include "engine/runtime/shard.h"
#include "engine/workspace/loader.h"

namespace sapa {
namespace {

constexpr const char* kWorkspace = R"(
policy: {timezone: Asia/Jakarta}
metrics:
  added: {count: Product Added}
---
campaign: cart
channel: push
when: {event: Product Added, without: Order Completed, within: 10h, restart: true}
message: {title: Keranjang, body: "{{ metrics.added }}"}
)";
constexpr Timestamp kBegin{1'772'409'600'000};
constexpr uint64_t kEventsPerEpoch = 20'000;

double seconds_since(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_megabytes() {
  std::ifstream in("/proc/self/statm");
  uint64_t size = 0, resident = 0;
  in >> size >> resident;
  return static_cast<double>(resident * static_cast<uint64_t>(getpagesize())) / 1e6;
}

[[noreturn]] void end_with(const Error& error) {
  fmt::print(stderr, "{}\n", error.message);
  std::exit(1);
}
void check(const Status& status) {
  if (!status) end_with(status.error());
}

/// For the shard that makes the customers: it need not keep them.
class NoStore final : public CustomerStore {
 public:
  Result<bool> get(std::string_view, std::string& bytes) override { return bytes.clear(), false; }
  Status apply(const StoredCustomer&) override { return {}; }
  Status apply_meta(std::string_view, int64_t) override { return {}; }
  Status checkpoint(bool) override { return {}; }
  int64_t changelog_position() const override { return -1; }
  std::string meta() const override { return {}; }
  Status timers_from(const StoredTimer&, const std::function<bool(const StoredTimer&)>&) override {
    return {};
  }
  Status scan(const std::function<void(std::string_view, std::string_view)>&) override {
    return {};
  }
  size_t pending_bytes() const override { return 0; }
};

/// When the timers were due whose triggers are about to be put out.
class DueTimes final : public DecisionSink {
 public:
  void on_trigger(const Campaign&, const Trigger& trigger) override {
    times.push_back(trigger.time);
  }
  void on_decision(const Campaign&, const Decision&) override {}
  void on_metric_error(const Metric&, std::string_view) override {}
  std::vector<Timestamp> times;
};

struct Options {
  uint64_t customers = 10'000'000;
  uint64_t rate = 10'000;
  double seconds = 20;
  std::string folder;
};

class Benchmark {
 public:
  explicit Benchmark(const Options& options) : options_(options) {
    LoadedWorkspace loaded = load_workspace_texts({{"timers.yaml", kWorkspace}});
    workspace_ = loaded.workspace;
    shard_options_.output.observer = &due_;
  }

  /// Each customer's only event comes so that `rate` timers a second are due later.
  void fill() {
    std::unique_ptr<Shard> into =
        make_shard(open_store(), static_cast<int64_t>(options_.customers));
    Shard source(0, 0, workspace_, std::make_unique<NoStore>(), shard_options_);
    auto epoch = std::make_unique<Epoch>();
    epoch->number = 1;
    int64_t position = 0;
    for (uint64_t n = 0; n < options_.customers; ++n) {
      // In no order of the ids.
      const std::string id = fmt::format("customer-{:08x}", static_cast<uint32_t>(n * 2654435761u));
      const Timestamp time{kBegin.ms + static_cast<int64_t>(n * 1000 / options_.rate)};
      const std::string event = fmt::format(
          R"({{"type":"track","event":"Product Added","userId":"{}","messageId":"{}","timestamp":"{}","properties":{{"category":"kitchen","price":250000}}}})",
          id, n, format_rfc3339(time));
      InputItem item;
      item.offset = static_cast<int64_t>(n);
      item.record.key = id;
      item.record.value = event;
      item.record.received = time;
      check(source.on_record(item, time, *epoch));
      if ((n + 1) % kEventsPerEpoch != 0 && n + 1 < options_.customers) continue;
      source.take(*epoch);
      const ShardEpoch& part = epoch->shards[0];
      for (const CustomerChange& change : part.changes) {
        check(into->put_customer(change.customer_id, change.bytes, ++position));
      }
      check(into->put_meta(part.meta, ++position));
      check(source.committed(epoch->number, part));
      const uint64_t next = epoch->number + 1;
      epoch = std::make_unique<Epoch>();
      epoch->number = next;
    }
    check(into->open());
    check(into->checkpoint());
  }

  void start() {
    const auto began = std::chrono::steady_clock::now();
    const double before = resident_megabytes();
    shard_ = make_shard(open_store(), static_cast<int64_t>(options_.customers));
    check(shard_->open());
    fmt::print("started in {:.3f} s; memory grew by {:.0f} MB\n", seconds_since(began),
               resident_megabytes() - before);
  }

  void fire() {
    std::vector<int64_t> late_ms;
    due_.times.clear();
    const Timestamp first = shard_->earliest_timer();
    const auto began = std::chrono::steady_clock::now();
    const double cpu_before = cpu_seconds();
    uint64_t number = 1;
    while (seconds_since(began) < options_.seconds) {
      Epoch epoch;
      epoch.number = number++;
      const auto now = [&] {
        return Timestamp{first.ms + static_cast<int64_t>(seconds_since(began) * 1000)};
      };
      const Timestamp wall = now();
      shard_->on_end(shard_->next_offset(), wall);
      check(shard_->fire_timers(wall, epoch));
      if (!shard_->take(epoch)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
      ShardEpoch& part = epoch.shards[0];
      part.changelog_position = static_cast<int64_t>(options_.customers + number) * 2;
      const int64_t out = now().ms;
      for (const Timestamp due : due_.times) late_ms.push_back(out - due.ms);
      due_.times.clear();
      check(shard_->committed(epoch.number, part));
    }
    if (late_ms.empty()) end_with(internal_error("no timer fired"));
    std::sort(late_ms.begin(), late_ms.end());
    const auto at = [&](double share) {
      return late_ms[static_cast<size_t>(share * static_cast<double>(late_ms.size() - 1))];
    };
    fmt::print(
        "{} timers fired in {:.0f} s, {:.1f} CPU-µs each; late by ms: p50 {}, p99 {}, "
        "p99.9 {}, most {}; memory {:.0f} MB\n",
        late_ms.size(), options_.seconds,
        (cpu_seconds() - cpu_before) * 1e6 / static_cast<double>(late_ms.size()), at(0.5), at(0.99),
        at(0.999), late_ms.back(), resident_megabytes());
  }

 private:
  std::unique_ptr<CustomerStore> open_store() {
    auto store = RocksStore::open(resources_, options_.folder);
    if (!store) end_with(store.error());
    return std::move(*store);
  }
  std::unique_ptr<Shard> make_shard(std::unique_ptr<CustomerStore> store, int64_t next_offset) {
    return std::make_unique<Shard>(0, next_offset, workspace_, std::move(store), shard_options_);
  }

  const Options options_;
  DueTimes due_;
  ShardOptions shard_options_;
  std::shared_ptr<const Workspace> workspace_;
  std::shared_ptr<RocksResources> resources_ =
      std::make_shared<RocksResources>(RocksSettings{size_t{128} << 20, 2});
  std::unique_ptr<Shard> shard_;
};

}  // namespace
}  // namespace sapa

int main(int argc, char** argv) {
  sapa::Options options;
  CLI::App app("Starts a shard with many pending timers and lets them fire");
  app.add_option("--customers", options.customers, "Each with a timer")->capture_default_str();
  app.add_option("--rate", options.rate, "Timers that are due in a second")->capture_default_str();
  app.add_option("--seconds", options.seconds, "How long they fire")->capture_default_str();
  app.add_option("--folder", options.folder,
                 "Where the store lies; one that is there already is used. Default: a new one, "
                 "which is deleted at the end");
  CLI11_PARSE(app, argc, argv);
  namespace fs = std::filesystem;
  const bool own = options.folder.empty();
  if (own) options.folder = fs::temp_directory_path() / fmt::format("sapa-timers-{}", getpid());
  {
    sapa::Benchmark benchmark(options);
    if (!fs::exists(options.folder)) benchmark.fill();
    benchmark.start();
    benchmark.fire();
  }
  if (own) fs::remove_all(options.folder);
}
