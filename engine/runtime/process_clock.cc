#include "engine/runtime/process_clock.h"

#include <chrono>
#include <cstdlib>
#include <ctime>

#include <spdlog/spdlog.h>

namespace sapa {

ProcessClock::ProcessClock(Telemetry& telemetry, Sources sources)
    : telemetry_(telemetry), sources_(std::move(sources)) {
  (void)now();
}

Timestamp ProcessClock::now() {
  std::lock_guard lock(mutex_);
  note(clock_.read(reading()));
  return clock_.now();
}

void ProcessClock::witness(Timestamp stamp) {
  std::lock_guard lock(mutex_);
  note(clock_.witness(stamp, reading()));
}

TrustedClock::Reading ProcessClock::reading() const {
  const Timestamp wall = sources_.wall();  // first: see Reading
  return {wall, sources_.counting()};
}

void ProcessClock::note(TrustedClock::Change change) {
  using Change = TrustedClock::Change;
  if (change == Change::kNone && !clock_.in_doubt()) return;
  in_doubt_ = clock_.in_doubt();
  telemetry_.clock_disbelieved_seconds.Set(static_cast<double>(clock_.disbelieved().ms) / 1000);
  switch (change) {
    case Change::kNone:
      return;
    case Change::kDoubted: {
      const Duration jump = clock_.disbelieved();
      spdlog::warn(
          "this machine's clock has jumped {} by {}; time goes on at {} until the jump has held "
          "for {} or records' times confirm it",
          jump.ms > 0 ? "forward" : "back", format_duration({std::abs(jump.ms)}),
          format_rfc3339(clock_.now()), format_duration(TrustedClock::kHold));
      return;
    }
    case Change::kReturned:
      return spdlog::warn("this machine's clock is back where it was before it jumped");
    case Change::kHeld:
    case Change::kConfirmed:
      return spdlog::warn(
          "this machine's clock is believed again, {}: it is {}",
          change == Change::kHeld ? "since the jump has held" : "since records' times confirm it",
          format_rfc3339(clock_.now()));
  }
}

Timestamp ProcessClock::system_wall() {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  auto since = std::chrono::system_clock::now().time_since_epoch();
  return Timestamp{duration_cast<milliseconds>(since).count()};
}

Duration ProcessClock::system_counting() {
  timespec now{};
  if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) clock_gettime(CLOCK_MONOTONIC, &now);
  return milliseconds(int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000);
}

}  // namespace sapa
