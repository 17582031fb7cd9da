// Seeds of the simulation, as tests and by hand:
//   simulation_test                       the seeds of every run of the tests
//   simulation_test --seed N [--trace]    one seed, with everything that happens in it
//   simulation_test --seeds FROM..TO      many; ends at the first that fails
// `--stores memory|rocks` in place of the seed's own choice.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "tests/simulation/world.h"

namespace sapa::simulation {
namespace {

constexpr uint64_t kSeeds = 300;

class Simulation : public testing::TestWithParam<uint64_t> {};

TEST_P(Simulation, WhatIsCommittedIsWhatAStraightRunGives) {
  constexpr uint64_t kPart = kSeeds / 10;
  for (uint64_t seed = GetParam() * kPart + 1; seed <= (GetParam() + 1) * kPart; ++seed) {
    RunOptions options;
    options.seed = seed;
    Outcome outcome = run_seed(options);
    ASSERT_EQ(outcome.violation, "") << "simulation_test --seed " << seed << " --trace";
    ASSERT_GT(outcome.epochs, 0u) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Simulation, testing::Range<uint64_t>(0, 10));

TEST(Simulation, ASeedReplaysIdentically) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    RunOptions options;
    options.seed = seed;
    if (seed % 4 == 0) options.stores = Stores::kRocks;
    ASSERT_EQ(run_seed(options).trace_hash, run_seed(options).trace_hash) << "seed " << seed;
  }
}

int run_by_hand(uint64_t from, uint64_t to, RunOptions options) {
  const auto began = std::chrono::steady_clock::now();
  Outcome total;
  uint64_t seeds = 0;
  std::string failed;
  for (options.seed = from; options.seed <= to && failed.empty(); ++options.seed, ++seeds) {
    Outcome one = run_seed(options);
    total.steps += one.steps;
    total.records += one.records;
    total.epochs += one.epochs;
    total.triggers += one.triggers;
    total.kills += one.kills;
    if (!one.violation.empty()) {
      failed = "seed " + std::to_string(options.seed) + ": " + one.violation;
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf(
      "%llu seeds in %.1f s: %llu steps, %llu records, %llu epochs committed, %llu triggers, "
      "%llu kills\n",
      static_cast<unsigned long long>(seeds), took.count(),
      static_cast<unsigned long long>(total.steps), static_cast<unsigned long long>(total.records),
      static_cast<unsigned long long>(total.epochs),
      static_cast<unsigned long long>(total.triggers),
      static_cast<unsigned long long>(total.kills));
  if (!failed.empty())
    std::printf("FAILED after %llu seeds: %s\n", static_cast<unsigned long long>(seeds),
                failed.c_str());
  return failed.empty() ? 0 : 1;
}

/// -1: no seeds were asked for.
int main_by_hand(int count, char** arguments) {
  uint64_t from = 0, to = 0;
  RunOptions options;
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    const std::string value = i + 1 < count ? arguments[i + 1] : "";
    if (argument == "--trace") {
      options.print = true;
    } else if (argument == "--seed") {
      from = to = std::stoull(value);
    } else if (argument == "--seeds") {
      from = std::stoull(value);
      to = std::stoull(value.substr(value.find("..") + 2));
    } else if (argument == "--stores") {
      options.stores = value == "rocks" ? Stores::kRocks : Stores::kInMemory;
    }
  }
  return from == 0 ? -1 : run_by_hand(from, to, options);
}

}  // namespace
}  // namespace sapa::simulation

int main(int count, char** arguments) {
  spdlog::set_level(spdlog::level::off);
  const int by_hand = sapa::simulation::main_by_hand(count, arguments);
  if (by_hand >= 0) return by_hand;
  testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
