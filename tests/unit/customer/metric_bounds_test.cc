// What a metric keeps at most, and what it refuses.
#include <cmath>

#include <gtest/gtest.h>

#include "engine/base/json.h"
#include "engine/customer/metric_state.h"

namespace sapa {
namespace {

class MetricBounds : public testing::Test {
 protected:
  MetricClock at(int64_t ms) { return {Timestamp{kStart + ms}, zone_, &calendar_}; }
  bool add(int64_t ms, const Value& value, std::string_view key = "") {
    return state_.add(shape_, at(ms), key, value);
  }
  std::string read(int64_t ms, std::string_view key = "") {
    Value value = state_.read(shape_, at(ms), key);
    return value.is_absent() ? "nothing" : to_json(value);
  }
  bool exact(int64_t ms) { return state_.exact(shape_, Timestamp{kStart + ms}); }
  size_t stored_bytes() {
    return written([this](ByteWriter& out) { state_.encode(shape_, out); }).size();
  }
  std::vector<std::string> keys(int64_t ms) {
    std::vector<uint32_t> live;
    state_.live_keys(shape_, at(ms), live);
    std::vector<std::string> names;
    for (uint32_t key : live) names.emplace_back(state_.key_text(key));
    return names;
  }

  static constexpr int64_t kStart = 1'772'323'200'000;  // 1 March 2026, 00:00 UTC
  static constexpr int64_t kDay = 86'400'000;
  MetricShape shape_;
  MetricState state_;
  TimeZone zone_;
  CalendarCache calendar_;
};

TEST_F(MetricBounds, ASlidingWindowKeepsTheNewestAndIsExactAgainWhenTheRestIsOld) {
  shape_ = {MetricKind::kCount, {WindowKind::kSliding, milliseconds(100), {}}, false, 3, 1};
  for (int64_t t : {0, 10, 20}) add(t, {});
  EXPECT_EQ(read(20), "3");
  EXPECT_TRUE(exact(20));
  add(30, {});
  EXPECT_EQ(read(30), "3");
  EXPECT_FALSE(exact(30));
  EXPECT_FALSE(exact(99));
  EXPECT_TRUE(exact(100));
  EXPECT_EQ(read(100), "3");
}

TEST_F(MetricBounds, TheKeyTouchedLongestAgoMakesRoom) {
  shape_ = {MetricKind::kLatest, {}, true, 256, 2};
  add(0, Value::of_int(1), "a");
  add(1, Value::of_int(2), "b");
  add(2, Value::of_int(3), "a");
  EXPECT_TRUE(exact(2));
  add(3, Value::of_int(4), "c");
  EXPECT_EQ(keys(3), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(read(3, "a"), "3");
  EXPECT_EQ(read(3, "b"), "nothing");
  EXPECT_FALSE(exact(3));
}

TEST_F(MetricBounds, AKeyWithNothingLeftInTheWindowMakesRoomFirst) {
  shape_ = {MetricKind::kCount, {WindowKind::kSliding, milliseconds(10), {}}, true, 256, 2};
  add(0, {}, "a");
  add(11, {}, "b");
  add(12, {}, "c");
  EXPECT_EQ(keys(12), (std::vector<std::string>{"b", "c"}));
  EXPECT_TRUE(exact(12));
}

TEST_F(MetricBounds, DistinctValuesBeyondTheBoundAreNotTaken) {
  shape_ = {MetricKind::kDistinct, {}, false, 3, 1};
  for (int i = 0; i < 5; ++i) add(i, Value::of_int(i));
  EXPECT_EQ(read(9), "3");
  EXPECT_FALSE(exact(9));
}

TEST_F(MetricBounds, ANewCalendarWindowIsNotCrowdedOutByTheOneBefore) {
  shape_ = {MetricKind::kDistinct, {WindowKind::kCalendar, {}, CalendarUnit::kDay}, false, 3, 1};
  for (int i = 0; i < 3; ++i) add(i, Value::of_int(i));
  for (int i = 0; i < 3; ++i) add(kDay + i, Value::of_int(10 + i));
  EXPECT_EQ(read(kDay + 5), "3");
  EXPECT_TRUE(exact(kDay + 5));
  add(kDay + 6, Value::of_int(99));
  EXPECT_EQ(read(kDay + 7), "3");
  EXPECT_FALSE(exact(kDay + 7));
}

TEST_F(MetricBounds, ValuesThatAreNoNumbersAreRefused) {
  for (MetricKind kind :
       {MetricKind::kSum, MetricKind::kMin, MetricKind::kMax, MetricKind::kAverage}) {
    shape_ = {};
    shape_.kind = kind;
    for (Value value :
         {Value::of_string("7"), Value::absent(), Value::null(), Value::of_bool(true),
          Value::of_double(NAN), Value::of_double(INFINITY), Value::of_error("no such key")}) {
      EXPECT_FALSE(add(0, value)) << kind_name(value.kind);
    }
    EXPECT_TRUE(state_.empty());
  }
  for (MetricKind kind : {MetricKind::kDistinct, MetricKind::kFirst, MetricKind::kLatest}) {
    shape_.kind = kind;
    for (Value value : {Value::absent(), Value::null(), Value::of_list(nullptr, 0),
                        Value::of_map(nullptr, 0), Value::of_error("no such key")}) {
      EXPECT_FALSE(add(0, value)) << kind_name(value.kind);
    }
    EXPECT_TRUE(state_.empty());
  }
}

TEST_F(MetricBounds, ARefusedValueTakesNoRoomForItsKey) {
  shape_ = {MetricKind::kSum, {}, true, 256, 1};
  add(0, Value::of_int(5), "kitchen");
  EXPECT_FALSE(add(1, Value::of_string("x"), "garden"));
  EXPECT_EQ(keys(1), (std::vector<std::string>{"kitchen"}));
}

TEST_F(MetricBounds, TextsOfManyValuesDoNotPileUp) {
  shape_ = {MetricKind::kLatest, {}, false, 256, 1};
  for (int i = 0; i < 10'000; ++i) {
    add(i, Value::of_string("product number " + std::to_string(i) + " with a long name"));
  }
  EXPECT_EQ(read(10'000), "\"product number 9999 with a long name\"");
  EXPECT_LT(stored_bytes(), 1024u);
}

TEST_F(MetricBounds, SlidingMemoryIsBoundedByItsEntries) {
  shape_ = {MetricKind::kFirst, {WindowKind::kSliding, days(1), {}}, true, 100, 10};
  for (int i = 0; i < 20'000; ++i) {
    add(i, Value::of_string("value " + std::to_string(i)), "key " + std::to_string(i % 37));
  }
  EXPECT_LT(stored_bytes(), 8u << 10);
}

TEST_F(MetricBounds, DecayHalvesWithEveryHalfLife) {
  shape_ = {MetricKind::kSum, {WindowKind::kHalfLife, days(1), {}}, false, 256, 1};
  add(0, Value::of_int(8));
  EXPECT_EQ(read(0), "8");
  EXPECT_EQ(read(kDay), "4");
  EXPECT_EQ(read(3 * kDay), "1");
  add(3 * kDay, Value::of_int(1));
  EXPECT_EQ(read(3 * kDay), "2");
  add(2 * kDay, Value::of_int(2));  // late: by now it counts 1
  EXPECT_EQ(read(3 * kDay), "3");
}

}  // namespace
}  // namespace sapa
