// Every kind of metric over every window, with and without keys, against a list of all events.
#include "engine/customer/metric_state.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/customer/metric_model.h"

namespace sapa {
namespace {

const std::vector<std::string> kKeys = {"kitchen", "garden", "",
                                        "a key that is longer than others"};

/// One random life of a metric beside its model.
class Life {
 public:
  Life(const MetricShape& shape, uint64_t seed) : shape_(shape), model_(shape), random_(seed) {}

  void live(int events) {
    for (int i = 0; i < events && !testing::Test::HasFailure(); ++i) {
      now_.ms += step();
      add_event();
      if (random_() % 8 == 0) store_and_load();
      if (random_() % 3 == 0) compare();
      if (random_() % 10 == 0) check_next_change();
    }
    now_.ms += 40LL * 86'400'000;
    compare();
  }

  int exact_reads = 0, inexact_reads = 0;

 private:
  MetricClock clock(Timestamp now) { return {now, zone_, &calendar_}; }

  int64_t step() {
    switch (random_() % 6) {
      case 0:
        return 0;
      case 1:
        return static_cast<int64_t>(random_() % 2'000);
      case 2:
        return static_cast<int64_t>(random_() % (30LL * 3'600'000));
      case 3:
        return static_cast<int64_t>(random_() % 20 == 0 ? 20LL * 86'400'000 : 60'000);
      default:
        return static_cast<int64_t>(random_() % 300'000);
    }
  }

  std::string key() { return shape_.by_key ? kKeys[random_() % kKeys.size()] : std::string(); }

  void add_event() {
    Timestamp time = now_;
    if (random_() % 5 == 0) time.ms -= static_cast<int64_t>(random_() % 900'000);
    std::string k = key();
    Value value = random_value(shape_.kind, random_);
    model_.add(time, k, value);
    times_.push_back(time);
    ASSERT_TRUE(state_.add(shape_, clock(time), k, value)) << shape_name(shape_);
  }

  void store_and_load() {
    std::string bytes = written([this](ByteWriter& out) { state_.encode(shape_, out); });
    MetricState loaded;
    ByteReader in(bytes);
    ASSERT_TRUE(loaded.decode(shape_, in)) << shape_name(shape_);
    ASSERT_TRUE(in.done());
    state_ = std::move(loaded);
    if (random_() % 2 == 0) return;
    // Or only when it is needed.
    stored_ = std::move(bytes);
    state_.restore(stored_);
  }

  void compare() {
    Timestamp at =
        now_ +
        milliseconds(static_cast<int64_t>(random_() % 4 == 0 ? random_() % (50LL * 3'600'000) : 0));
    if (shape_.window.kind == WindowKind::kSliding && random_() % 2 == 0) {
      // Where an event leaves the window, to the millisecond.
      Timestamp leaves = times_[random_() % times_.size()] + shape_.window.length;
      at = std::max(now_, leaves - milliseconds(static_cast<int64_t>(random_() % 2)));
    }
    if (!state_.exact(shape_, at)) {
      ++inexact_reads;
      return;
    }
    ++exact_reads;
    for (const std::string& k : shape_.by_key ? kKeys : std::vector<std::string>{""}) {
      ASSERT_EQ(model_.text_of(state_.read(shape_, clock(at), k)), model_.read(at, k))
          << shape_name(shape_) << " of '" << k << "' at " << format_rfc3339(at);
    }
    if (!shape_.by_key) return;
    std::vector<uint32_t> live;
    state_.live_keys(shape_, clock(at), live);
    std::set<std::string> names;
    for (uint32_t index : live) names.emplace(state_.key_text(index));
    ASSERT_EQ(names, model_.live_keys(at)) << shape_name(shape_);
  }

  std::string all_values(Timestamp at) {
    std::string text;
    for (const std::string& k : kKeys) text += to_json(state_.read(shape_, clock(at), k)) + " ";
    return text;
  }

  /// Until the next change nothing changes.
  void check_next_change() {
    if (shape_.window.kind == WindowKind::kHalfLife) return;
    Timestamp next = state_.next_change(shape_, clock(now_));
    ASSERT_GT(next, now_);
    std::string before = all_values(now_);
    Timestamp horizon = next == Timestamp::never() ? now_ + days(2000) : next;
    for (int i = 0; i < 4; ++i) {
      Timestamp at{now_.ms +
                   static_cast<int64_t>(random_() % static_cast<uint64_t>((horizon - now_).ms))};
      ASSERT_EQ(all_values(at), before) << shape_name(shape_) << " at " << format_rfc3339(at);
    }
    ASSERT_EQ(all_values(horizon - milliseconds(1)), before) << shape_name(shape_);
  }

  MetricShape shape_;
  MetricModel model_;
  std::mt19937_64 random_;
  std::string stored_;
  MetricState state_;
  std::vector<Timestamp> times_;
  CalendarCache calendar_;
  TimeZone zone_ = *TimeZone::find("Asia/Jakarta");
  Timestamp now_{1'772'100'000'000};
};

TEST(MetricState, IsExactWithinItsBounds) {
  for (MetricKind kind : kAllKinds) {
    for (const MetricWindow& window : windows_of(kind)) {
      for (bool by_key : {false, true}) {
        MetricShape shape{kind, window, by_key, 100'000, 64};
        for (uint64_t seed = 0; seed < 6; ++seed) {
          Life life(shape, seed);
          life.live(150);
          ASSERT_EQ(life.inexact_reads, 0) << shape_name(shape);
          if (HasFailure()) return;
        }
      }
    }
  }
}

TEST(MetricState, SaysSoWhereItIsNot) {
  // Whatever the bounds do, a read that calls itself exact is.
  int exact = 0, inexact = 0;
  for (MetricKind kind : kAllKinds) {
    for (const MetricWindow& window : windows_of(kind)) {
      for (bool by_key : {false, true}) {
        for (uint64_t seed = 0; seed < 6; ++seed) {
          MetricShape shape{kind, window, by_key, 3 + static_cast<uint32_t>(seed), 2};
          Life life(shape, seed);
          life.live(120);
          exact += life.exact_reads;
          inexact += life.inexact_reads;
          if (HasFailure()) return;
        }
      }
    }
  }
  EXPECT_GT(exact, 1000);
  EXPECT_GT(inexact, 1000);
}

}  // namespace
}  // namespace sapa
