// kill -9 at random moments: nothing acknowledged is missing, nothing is put out twice, and all
// parts agree.
#include <chrono>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "connectors/embedded/embedded_log.h"
#include "tests/unit/customer_store/child_process.h"
#include "tests/unit/embedded/log_fixture.h"

namespace sapa {
namespace {

/// Adds the whole lines of `output`; the last one may be cut.
void add_lines(const std::string& output, std::set<std::string>& lines) {
  std::istringstream in(output.substr(0, output.rfind('\n') + 1));
  for (std::string line; std::getline(in, line);) lines.insert(line);
}

class CrashTest : public EmbeddedLogTest {
 protected:
  void run_and_kill(std::chrono::milliseconds after) {
    ChildProcess worker(EMBEDDED_WORKER, folder_.path() + "/log");
    std::string output = worker.read_some();
    ASSERT_FALSE(output.empty()) << "the worker did not start";
    auto end = std::chrono::steady_clock::now() + after;
    while (std::chrono::steady_clock::now() < end) {
      std::string more = worker.read_some();
      if (more.empty()) break;
      output += more;
    }
    worker.kill_now();
    for (std::string rest; !(rest = worker.read_some()).empty();) output += rest;
    add_lines(output, acknowledged_);
  }

  void check() {
    open();
    std::multiset<std::string> seen;
    for (const auto& value : read_values(Stream::kTriggers, 0, 10'000'000)) seen.insert(value);
    int64_t put_out = static_cast<int64_t>(seen.size());
    EXPECT_EQ(log_->last(Stream::kTriggers), seen.size());

    RememberingHandler handler;
    auto connection = log_->connect(0, 1);
    ASSERT_TRUE(poll(*connection, {0}, handler).ok());
    int64_t consumed = 0, counted = 0;
    for (const auto& assignment : handler.assigned) {
      consumed += assignment.next_offset;
      auto store = log_->open(assignment.partition);
      ASSERT_TRUE(store.ok());
      ASSERT_TRUE((*store)
                      ->scan([&](std::string_view, std::string_view bytes) {
                        counted += std::atoi(std::string(bytes).c_str());
                      })
                      .ok());
    }
    EXPECT_EQ(put_out, consumed) << "triggers and offsets belong together";
    EXPECT_EQ(counted, consumed) << "customers and offsets belong together";

    while (*log_->events_waiting() > static_cast<int64_t>(handler.items.size())) {
      ASSERT_TRUE(poll(*connection, {0}, handler).ok());
    }
    for (const auto& item : handler.items) seen.insert(item.value);
    for (const auto& number : acknowledged_) {
      ASSERT_EQ(seen.count(number), 1u) << number << " was acknowledged";
    }
    std::set<std::string> distinct(seen.begin(), seen.end());
    EXPECT_EQ(distinct.size(), seen.size()) << "no event may count twice";
    connection.reset();
    log_.reset();
  }

  std::set<std::string> acknowledged_;
};

TEST_F(CrashTest, LosesNothingAndRepeatsNothingWhenKilledAtAnyMoment) {
  std::mt19937 random(11);
  for (int round = 0; round < 8 && !HasFatalFailure(); ++round) {
    run_and_kill(std::chrono::milliseconds(20 + random() % 300));
    check();
  }
  EXPECT_GT(acknowledged_.size(), 100u);
}

}  // namespace
}  // namespace sapa
