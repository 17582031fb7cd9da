#include "engine/cli/demo_traffic.h"

#include <chrono>
#include <utility>
#include <vector>

namespace sapa {
namespace {

constexpr std::chrono::milliseconds kTick{20};
constexpr size_t kEventsPerAppend = 500;

}  // namespace

DemoTraffic::DemoTraffic(DemoShop& shop, EmbeddedLog& log, Settings settings,
                         std::function<void()> on_end)
    : shop_(shop), log_(log), settings_(settings), on_end_(std::move(on_end)) {}

DemoTraffic::~DemoTraffic() { stop(); }

Result<uint64_t> DemoTraffic::bring_past() {
  uint64_t count = 0;
  Status brought = bring_until(settings_.opens, count);
  if (!brought) return brought.error();
  return count;
}

void DemoTraffic::start() {
  thread_ = std::thread([this] { run(); });
}

void DemoTraffic::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void DemoTraffic::run() {
  auto start = std::chrono::steady_clock::now();
  bool over = false;
  while (!over && !stopping_ && outcome_) {
    std::this_thread::sleep_for(kTick);
    double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    Timestamp now =
        settings_.opens + milliseconds(static_cast<int64_t>(seconds * settings_.speed * 1000));
    if (settings_.closes && now >= *settings_.closes) {
      now = *settings_.closes;
      over = true;
    }
    uint64_t count = 0;
    outcome_ = bring_until(now, count);
    events_ += count;
  }
  on_end_();
}

Status DemoTraffic::bring_until(Timestamp end, uint64_t& count) {
  while (shop_.next_time() < end && !stopping_) {
    std::vector<IncomingEvent> events;
    while (events.size() < kEventsPerAppend && shop_.next_time() < end) {
      ShopEvent event = shop_.next();
      events.push_back({std::move(event.customer_id), std::move(event.json)});
    }
    size_t size = events.size();
    if (Status kept = log_.append_and_wait(std::move(events)); !kept) return kept;
    count += size;
  }
  return {};
}

}  // namespace sapa
