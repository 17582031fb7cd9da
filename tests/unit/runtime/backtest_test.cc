// A backtest puts out what one shard puts out that is given every record, in the same order,
// however many threads share the work.
#include "engine/runtime/backtest.h"

#include <algorithm>
#include <random>
#include <set>

#include "engine/base/hash.h"
#include "tests/unit/runtime/fixture.h"

namespace sapa {
namespace {

constexpr const char* kWorkspace = R"yaml(
policy: {timezone: Asia/Jakarta, locale: id-ID, caps: [6 per 24h], deduplicate: {within: 2h, at_most: 8}}
metrics:
  views:   {count: View, by: event.properties.category, over: 30m, keys: 3}
  spend:   {sum: event.properties.price, of: Order, over: calendar day}
  lately:  {latest: event.timestamp, of: any, over: 20m}
lifecycle:
  gone: "!has(metrics.lately)"
  here: has(metrics.lately)
---
campaign: interest
channel: popup
limit: 2 per 1h
expires: 5m
when: {event: View, if: "metrics.views[event.properties.category] >= 3"}
message: {title: "{{ event.properties.category }}"}
---
campaign: cart
channel: push
when: {event: Add, without: Order, within: 30m, restart: true}
message: {title: "{{ event.properties.price }}"}
---
campaign: cart-again
channel: push
expires: 10m
when: {event: Add, without: Order, within: 35m}
message: {title: again}
---
campaign: sized
channel: inbox
when: {event: Add, if: event.properties.size > 3}
message: {title: large}
---
campaign: silent
channel: email
when: {nothing: Order, for: 3h}
message: {title: "{{ metrics.spend }}"}
---
campaign: gone
channel: email
when: {enters: gone}
message: {title: gone}
)yaml";

/// With late events, equal times, repeats, and lines that are refused.
std::vector<std::string> random_lines(uint64_t seed, int count) {
  static const char* kEvents[] = {"View", "View", "View", "Add", "Add", "Order", "Other"};
  static const char* kCategories[] = {"a", "b", "c"};
  std::mt19937_64 random(seed);
  std::vector<std::string> lines;
  int64_t second = 0;
  for (int i = 0; i < count; ++i) {
    if (random() % 3 > 0) second += static_cast<int64_t>(random() % 4);
    if (random() % 300 == 0) second += static_cast<int64_t>(random() % 8'000);
    if (random() % 40 == 0) {
      lines.push_back(random() % 2 == 0 ? "{broken" : R"({"type":"track","event":"Nobody"})");
      continue;
    }
    int64_t late = random() % 12 == 0 ? static_cast<int64_t>(random() % 5'000) : 0;
    int id = random() % 15 == 0 && i > 20 ? i - 1 - static_cast<int>(random() % 20) : i;
    std::string price = random() % 50 == 0 ? "\"dear\"" : std::to_string(random() % 100);
    std::string size = random() % 3 == 0 ? R"(,"size":4)" : "";
    std::string properties = std::string(R"({"category":")") + kCategories[random() % 3] +
                             R"(","price":)" + price + size + "}";
    // One after the other, since arguments are worked out in an order of the compiler's choice.
    const char* event = kEvents[random() % 7];
    const std::string user = "u" + std::to_string(random() % 60);
    lines.push_back(
        track(user, event, at_second(second - late), "m" + std::to_string(id), properties));
  }
  return lines;
}

/// All that can be told of a run, as lines.
struct Told {
  std::vector<std::string> outputs;
  std::vector<std::string> report;

  void put(const OutputRecord& record) {
    outputs.push_back(std::to_string(static_cast<int>(record.stream)) + " " +
                      std::string(record.key) + " " + std::string(record.value));
  }
  void refuse(int64_t partition, int64_t offset, std::string_view reason) {
    outputs.push_back("refused " + std::to_string(partition) + " " + std::to_string(offset) + " " +
                      std::string(reason));
  }
  void keep(const BacktestReport& from) {
    auto line = [&](std::string_view name, uint64_t number, std::string_view text = {}) {
      report.push_back(std::string(name) + " " + std::to_string(number) + " " + std::string(text));
    };
    line("events", from.events);
    line("duplicates", from.duplicates);
    line("refused", from.refused);
    line("timers", from.timers);
    line("metric errors", from.metric_errors, from.example_metric_error);
    for (const CampaignReport& campaign : from.campaigns) {
      line("campaign", campaign.fired(), campaign.example_error);
      for (uint64_t count : campaign.decisions) line("decisions", count);
      line("customers", campaign.customers.size());
      for (auto [hour, count] : campaign.by_hour) line("hour " + std::to_string(hour), count);
    }
  }
};

/// Counts as a backtest does, in the plainest way.
class Counter final : public DecisionSink {
 public:
  explicit Counter(const Workspace& workspace) {
    report.campaigns.resize(workspace.campaigns.size());
  }
  void on_trigger(const Campaign& campaign, const Trigger& trigger) override {
    CampaignReport& entry = report.campaigns[campaign.index];
    entry.customers.insert(hash64(trigger.user_id));
    entry.by_hour[trigger.time.ms / 3'600'000] += 1;
  }
  void on_decision(const Campaign& campaign, const Decision& decision) override {
    CampaignReport& entry = report.campaigns[campaign.index];
    entry.decisions[static_cast<size_t>(decision.reason)] += 1;
    bool failed = decision.reason == Reason::kEvaluationError;
    if (failed && entry.example_error.empty()) entry.example_error = decision.detail;
  }
  void on_metric_error(const Metric& metric, std::string_view why) override {
    if (++report.metric_errors == 1) {
      report.example_metric_error = metric.name + ": " + std::string(why);
    }
  }

  BacktestReport report;
};

class BacktestTest : public testing::Test {
 protected:
  /// What one shard makes of one partition's records.
  Told straight(const std::vector<InputItem>& items) {
    Told told;
    Counter counter(*workspace_);
    ShardOptions options;
    options.clock = ClockMode::kEvent;
    options.output.observer = &counter;
    const int32_t partition = items.empty() ? 0 : items[0].partition;
    Shard shard(partition, 0, workspace_, std::make_unique<MemoryStore>(), options);
    Epoch epoch;
    for (const InputItem& item : items) {
      EXPECT_TRUE(shard.on_record(item, Timestamp{0}, epoch).ok());
    }
    for (const OutputRecord& record : shard.take_outputs()) {
      if (record.stream == Stream::kDeadLetters) {
        told.refuse(partition, std::stoll(std::string(record.headers[4].value)),
                    record.headers[0].value);
      } else {
        told.put(record);
      }
    }
    counter.report.events = shard.counters().processed;
    counter.report.duplicates = shard.counters().duplicates;
    counter.report.refused = shard.counters().dead_letters;
    counter.report.timers = shard.counters().timers_fired;
    told.keep(counter.report);
    return told;
  }

  /// `add` is given the backtest to fill.
  template <typename Add>
  Told backtest(size_t threads, Add add, size_t cache_bytes = 1 << 30) {
    Told told;
    BacktestOptions options;
    options.threads = threads;
    options.cache_bytes = cache_bytes;
    options.triggers = options.decisions = true;
    Backtest run(
        workspace_, options,
        [&](const OutputRecord& record) -> Status {
          told.put(record);
          return {};
        },
        [&](int32_t partition, int64_t offset, std::string_view reason) {
          told.refuse(partition, offset, reason);
        });
    add(run);
    EXPECT_TRUE(run.finish().ok());
    told.keep(run.report());
    return told;
  }

  static void expect_same(const Told& told, const Told& expected, const std::string& what) {
    for (size_t i = 0; i < std::min(told.outputs.size(), expected.outputs.size()); ++i) {
      ASSERT_EQ(told.outputs[i], expected.outputs[i]) << "output " << i << ", " << what;
    }
    EXPECT_EQ(told.outputs.size(), expected.outputs.size()) << what;
    EXPECT_EQ(told.report, expected.report) << what;
  }

  /// Else there would be little to confuse.
  static void expect_everything_occurs(const Told& told) {
    auto times = [&](const std::string& what) {
      return std::ranges::count_if(told.outputs, [&](const std::string& line) {
        return line.find(what) != std::string::npos;
      });
    };
    EXPECT_GT(times("refused 0"), 100);
    for (const char* campaign : {"interest", "cart", "cart-again", "sized", "silent", "gone"}) {
      EXPECT_GT(times("\"campaign\":\"" + std::string(campaign) + "\""), 100) << campaign;
    }
    for (const char* reason :
         {"sent", "expired", "evaluation_error", "campaign_limit", "frequency_cap"}) {
      EXPECT_GT(times("\"reason\":\"" + std::string(reason) + "\""), 0) << reason;
    }
    for (const char* never : {"metric errors 0 ", "duplicates 0 ", "timers 0 "}) {
      EXPECT_EQ(std::ranges::count(told.report, never), 0) << never;
    }
  }

  static auto of_file(const std::vector<std::string>& lines) {
    return [&lines](Backtest& run) {
      for (const std::string& line : lines) ASSERT_TRUE(run.add(line).ok());
    };
  }
  static std::vector<InputItem> items_of(const std::vector<std::string>& lines,
                                         int32_t partition = 0) {
    std::vector<InputItem> items;
    for (size_t i = 0; i < lines.size(); ++i) {
      items.push_back(record_item(static_cast<int64_t>(i), lines[i], Timestamp{0}));
      items.back().partition = partition;
    }
    return items;
  }

  std::shared_ptr<const Workspace> workspace_ = workspace_of(kWorkspace);
};

constexpr size_t kThreads[] = {1, 2, 3, 8};

TEST_F(BacktestTest, AnyNumberOfThreadsTellsWhatOneShardTells) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    // So long that every thread has several blocks of it; the last ends anywhere.
    std::vector<std::string> lines = random_lines(seed, 7'000 + static_cast<int>(seed) * 777);
    Told expected = straight(items_of(lines));
    expect_everything_occurs(expected);
    for (size_t threads : kThreads) {
      std::string what =
          "seed " + std::to_string(seed) + ", " + std::to_string(threads) + " threads";
      expect_same(backtest(threads, of_file(lines)), expected, what);
      if (HasFailure()) return;
    }
  }
}

TEST_F(BacktestTest, StreamsOfAnyLengthAreTold) {
  for (int length : {0, 1, 2, 127, 128, 129, 1'536, 1'537}) {
    std::vector<std::string> lines = random_lines(77, length);
    Told expected = straight(items_of(lines));
    for (size_t threads : kThreads) {
      expect_same(backtest(threads, of_file(lines)), expected,
                  std::to_string(length) + " lines, " + std::to_string(threads) + " threads");
    }
  }
}

TEST_F(BacktestTest, LittleMemoryMakesNoDifference) {
  std::vector<std::string> lines = random_lines(5, 8'000);
  Told expected = straight(items_of(lines));
  for (size_t threads : {1, 3}) {
    for (size_t bytes : {1, 20'000}) {
      expect_same(backtest(threads, of_file(lines), bytes), expected,
                  std::to_string(threads) + " threads, " + std::to_string(bytes) + " bytes");
    }
  }
}

TEST_F(BacktestTest, LargeRecordsMakeNoDifference) {
  std::vector<std::string> lines = random_lines(6, 600);
  std::mt19937_64 random(6);
  for (std::string& line : lines) {
    // Spaces after the document; beyond 1 MiB it is refused for its size.
    if (random() % 4 == 0) line.append(random() % 1'200'000, ' ');
  }
  Told expected = straight(items_of(lines));
  for (size_t threads : {1, 3}) {
    expect_same(backtest(threads, of_file(lines)), expected, std::to_string(threads) + " threads");
  }
}

/// Only the lines of one partition are in an order.
TEST_F(BacktestTest, EachPartitionOfATopicIsAShardWithItsOwnClock) {
  std::vector<std::vector<std::string>> lines;
  std::vector<Told> expected;
  std::vector<InputItem> items;
  for (int32_t partition = 0; partition < 5; ++partition) {
    lines.push_back(random_lines(100 + static_cast<uint64_t>(partition), 3'000 + partition));
    expected.push_back(straight(items_of(lines.back(), partition)));
    for (const InputItem& item : items_of(lines.back(), partition)) items.push_back(item);
  }
  std::stable_sort(items.begin(), items.end(), [](const InputItem& a, const InputItem& b) {
    return a.offset / 7 < b.offset / 7;
  });
  Told first;
  for (size_t threads : kThreads) {
    Told told = backtest(threads, [&](Backtest& run) {
      for (const InputItem& item : items) ASSERT_TRUE(run.add(item).ok());
    });
    if (threads == 1) first = told;
    expect_same(told, first, std::to_string(threads) + " threads");
    std::multiset<std::string> all(told.outputs.begin(), told.outputs.end());
    std::multiset<std::string> wanted;
    for (const Told& one : expected) wanted.insert(one.outputs.begin(), one.outputs.end());
    EXPECT_EQ(all, wanted);
  }
}

TEST_F(BacktestTest, AfterAnOutputThatFailedThereIsNoOther) {
  std::vector<std::string> lines = random_lines(8, 12'000);
  for (size_t threads : {1, 3}) {
    BacktestOptions options;
    options.threads = threads;
    options.triggers = true;
    int outputs = 0;
    Backtest run(
        workspace_, options,
        [&](const OutputRecord&) -> Status {
          if (++outputs < 100) return {};
          return environment_error("the disk is full", false);
        },
        [](int32_t, int64_t, std::string_view) {});
    Status done;
    for (size_t i = 0; i < lines.size() && done; ++i) done = run.add(lines[i]);
    if (done) done = run.finish();
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().message, "the disk is full");
    EXPECT_EQ(outputs, 100);
  }
}

}  // namespace
}  // namespace sapa
