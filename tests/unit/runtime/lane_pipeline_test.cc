#include "engine/runtime/lane_pipeline.h"

#include <atomic>
#include <vector>

#include <gtest/gtest.h>

namespace sapa {
namespace {

/// Puts numbers in and notes what is done with each.
class Notes {
 public:
  Notes(size_t helpers, size_t lanes, size_t slots)
      : numbers_(slots),
        prepared_(slots),
        worked_(lanes),
        pipeline_(helpers, lanes, slots,
                  {[this](size_t slot) { prepared_[slot] = true; },
                   [this](size_t slot) {
                     EXPECT_TRUE(prepared_[slot]);
                     opened_.push_back(numbers_[slot]);
                   },
                   [this](size_t slot, size_t lane) { worked_[lane].push_back(numbers_[slot]); }}) {
  }

  void put(int number) {
    if (pipeline_.full()) take();
    numbers_[pipeline_.next_slot()] = number;
    prepared_[pipeline_.next_slot()] = false;
    pipeline_.put();
  }
  void take() {
    const size_t slot = pipeline_.take();
    taken_.push_back(numbers_[slot]);
  }
  void take_all() {
    while (!pipeline_.empty()) take();
  }
  void expect_all(const std::vector<int>& numbers) const {
    EXPECT_EQ(opened_, numbers);
    for (const std::vector<int>& worked : worked_) EXPECT_EQ(worked, numbers);
    EXPECT_EQ(taken_, numbers);
  }

 private:
  std::vector<int> numbers_;
  std::vector<char> prepared_;
  std::vector<int> opened_, taken_;
  std::vector<std::vector<int>> worked_;
  LanePipeline pipeline_;
};

TEST(LanePipeline, EveryLaneWorksEveryItemOnceAndInOrder) {
  for (size_t helpers : {0, 1, 2, 7}) {
    for (size_t lanes : {1, 2, 5}) {
      for (size_t slots : {1, 2, 12}) {
        Notes notes(helpers, lanes, slots);
        std::vector<int> numbers;
        for (int i = 0; i < 300; ++i) notes.put(numbers.emplace_back(i));
        notes.take_all();
        notes.expect_all(numbers);
      }
    }
  }
}

TEST(LanePipeline, WithoutHelpersNothingIsDoneBeforeTheCallerWaits) {
  std::atomic<int> done = 0;
  auto count = [&](size_t) { ++done; };
  LanePipeline pipeline(0, 1, 4, {count, count, [&](size_t, size_t) { ++done; }});
  pipeline.put();
  EXPECT_FALSE(pipeline.ready());
  EXPECT_EQ(done, 0);
  EXPECT_EQ(pipeline.take(), 0u);
  EXPECT_EQ(done, 3);
  EXPECT_TRUE(pipeline.empty());
}

TEST(LanePipeline, HelpersWorkWhileTheCallerDoesOtherThings) {
  LanePipeline pipeline(1, 2, 4, {[](size_t) {}, [](size_t) {}, [](size_t, size_t) {}});
  pipeline.put();
  while (!pipeline.ready()) std::this_thread::yield();
  EXPECT_EQ(pipeline.take(), 0u);
}

TEST(LanePipeline, WhatHasBegunIsDoneBeforeItEnds) {
  std::atomic<int> begun = 0, done = 0;
  {
    LanePipeline pipeline(3, 2, 8,
                          {[&](size_t) {
                             ++begun;
                             std::this_thread::yield();
                             ++done;
                           },
                           [](size_t) {}, [](size_t, size_t) {}});
    for (int i = 0; i < 8; ++i) pipeline.put();
  }
  EXPECT_EQ(begun, done);
}

}  // namespace
}  // namespace sapa
