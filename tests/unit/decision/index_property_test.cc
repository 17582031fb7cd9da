// The indexes over campaigns change nothing: a workspace of many random campaigns decides what each
// of its campaigns decides alone, in a workspace of its own, where there is nothing to find.
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "engine/decision/decider.h"
#include "engine/event/decoder.h"
#include "engine/workspace/loader.h"

namespace sapa {
namespace {

constexpr const char* kDefinitions = R"(
metrics:
  orders: {count: Ordered}
  spend: {sum: event.properties.n, of: Ordered}
  seen: {count: any}
  recent: {latest: event.properties.a, of: [Viewed, Added]}
segments:
  buyer: metrics.orders > 0
  jakarta: customer.city == 'Jakarta'
  heavy: {enter: metrics.seen % 5 == 0, leave: metrics.seen % 5 == 3}
lifecycle:
  lead: metrics.orders == 0
  repeat: metrics.orders > 2
)";

class Dice {
 public:
  explicit Dice(uint32_t seed) : engine_(seed) {}
  int below(int bound) { return static_cast<int>(engine_() % static_cast<uint32_t>(bound)); }
  bool one_in(int n) { return below(n) == 0; }
  const char* of(std::initializer_list<const char*> texts) {
    return texts.begin()[below(static_cast<int>(texts.size()))];
  }

 private:
  std::mt19937 engine_;
};

std::string constant(Dice& dice) {
  return dice.of({"'x'", "'y'", "'z'", "1", "2", "3", "2.0", "2u", "true", "null", "'/shop/a'",
                  "-1", "1e300", "timestamp('2026-03-02T00:00:00Z')"});
}

std::string number(Dice& dice) {
  return dice.of({"0", "1", "2.5", "3", "3u", "-2", "9007199254740993", "0.0 / 0.0"});
}

std::string operand(Dice& dice, bool alone) {
  if (!alone && dice.one_in(5))
    return dice.of({"customer.city", "dyn(metrics.orders)", "metrics.recent"});
  return dice.of({"event.properties.a", "event.properties['a']", "event.properties.b",
                  "event.properties.n", "event.properties.m", "event.properties.a.orValue('x')",
                  "event.properties.?b.orValue(2)", "dyn(size(event.properties.tags))",
                  "event.properties.n + 1"});
}

/// `alone`: without metrics, segments and traits.
std::string atom(Dice& dice, bool alone) {
  std::string x = operand(dice, alone);
  switch (dice.below(14)) {
    case 0:
    case 1:
    case 2:
      return dice.one_in(3) ? constant(dice) + " == " + x : x + " == " + constant(dice);
    case 3:
      return x + " in [" + constant(dice) + ", " + constant(dice) + "]";
    case 4:
      return "(" + x + " == " + constant(dice) + " || " + x + " == " + constant(dice) + ")";
    case 5:
    case 6:
      return dice.one_in(3) ? number(dice) + dice.of({" < ", " >= "}) + x
                            : x + dice.of({" < ", " <= ", " > ", " >= "}) + number(dice);
    case 7:
      return "event.properties.url.startsWith(" +
             std::string(dice.of({"'/'", "'/shop'", "'/shop/a'", "''"})) + ")";
    case 8:
      return constant(dice) + " in event.properties.tags";
    case 9:
      return dice.of(
          {"event.properties.flag", "!event.properties.flag", "!(event.properties.flag)"});
    case 10:
      return dice.of({"has(event.properties.a)", "!has(event.properties.b)", "true", "!false",
                      "event.timestamp >= timestamp('2026-03-02T01:00:00Z')", "1 == 2"});
    case 11:
      return x + " != " + constant(dice);
    case 12:
      return dice.of(
          {"event.properties.url.matches('a$')", "event.properties.tags.exists(t, t == 1)"});
    default:
      return alone ? "true" : dice.of({"segments.buyer", "!segments.jakarta", "metrics.seen > 7"});
  }
}

std::string condition(Dice& dice, bool alone) {
  std::string text = atom(dice, alone);
  for (int more = dice.below(4); more > 0; --more) {
    text += dice.one_in(6) ? " || " : " && ";
    text += dice.one_in(8) ? "!(" + atom(dice, alone) + ")" : atom(dice, alone);
  }
  return text;
}

std::string event_name(Dice& dice) {
  return dice.of({"Viewed", "Added", "Ordered", "any", "[Viewed, Ordered]", "Viewed"});
}

std::string in_quotes(const std::string& text) { return "\"" + text + "\""; }

std::string when(Dice& dice) {
  auto guard = [&](bool alone) {
    return dice.one_in(4) ? std::string() : ", if: " + in_quotes(condition(dice, alone));
  };
  auto timed = [&] {
    return dice.one_in(2)
               ? std::string()
               : ", if: " + in_quotes(dice.of({"metrics.orders > 1", "customer.city == 'Jakarta'",
                                               "segments.buyer", "!segments.heavy"}));
  };
  switch (dice.below(10)) {
    case 0:
      return "{sequence: [{event: " + event_name(dice) + ", as: first" + guard(false) +
             "}, {event: " + event_name(dice) + guard(false) + "}], within: 2h}";
    case 1:
      return "{event: " + event_name(dice) + guard(false) + ", without: " + event_name(dice) +
             ", within: 40m" + (dice.one_in(2) ? ", restart: true" : "") + "}";
    case 2:
      return "{nothing: " + event_name(dice) + ", for: " + std::to_string(20 + dice.below(60)) +
             "m" + timed() + "}";
    case 3:
      return std::string("{reaches: ") + dice.of({"orders", "spend", "seen"}) +
             ", at: " + std::to_string(dice.below(9)) + timed() + "}";
    case 4:
      return std::string("{") + dice.of({"enters", "leaves"}) + ": " +
             dice.of({"buyer", "jakarta", "heavy", "lead", "repeat"}) + timed() + "}";
    default:
      return "{event: " + event_name(dice) + guard(false) + "}";
  }
}

std::string campaign(Dice& dice, int i) {
  return "---\ncampaign: c" + std::to_string(i) +
         "\nchannel: push\nexpires: never\npriority: " + std::to_string(dice.below(5)) +
         "\nwhen: " + when(dice) + "\nmessage: {title: t}\n";
}

std::string value(Dice& dice) {
  return dice.of({R"("x")", R"("y")", R"("z")", "1", "2", "2.0", "2.5", "3", "-2", "null", "true",
                  R"("/shop/a")", "[1, 2]", "{\"x\": 1}", "9007199254740992"});
}

std::string event_json(Dice& dice, int i, Timestamp at) {
  std::string id = R"({"userId":"u","messageId":"m)" + std::to_string(i) + R"(","timestamp":")" +
                   format_rfc3339(at) + "\",";
  if (dice.one_in(8)) {
    return id + R"("type":"identify","traits":{"city":)" +
           dice.of({R"("Jakarta")", R"("Bandung")", "7"}) + "}}";
  }
  std::string properties;
  auto add = [&](const char* name, const std::string& text) {
    if (dice.one_in(5)) return;
    properties += (properties.empty() ? "\"" : ",\"") + std::string(name) + "\":" + text;
  };
  add("a", value(dice));
  add("b", value(dice));
  add("n", dice.of({"0", "1", "2", "2.5", "3", "4", "\"4\""}));
  add("m", value(dice));
  add("tags", dice.of({"[]", "[1, \"x\", 2.0]", "{\"y\": 1}", "[[1], null]", "3"}));
  add("url", dice.of({R"("/")", R"("/shop/a")", R"("/shop/b")", R"("x")", "1"}));
  add("flag", dice.of({"true", "false", "\"true\""}));
  return id + R"("type":"track","event":")" + dice.of({"Viewed", "Added", "Ordered", "Other"}) +
         R"(","properties":{)" + properties + "}}";
}

struct Outcome {
  std::map<std::string, int> decided;  // "reason campaign time", how often
  std::map<std::string, int> failed;
};

class Notes final : public DecisionSink {
 public:
  void on_trigger(const Campaign&, const Trigger&) override {}
  void on_decision(const Campaign& campaign, const Decision& decision) override {
    std::string line = campaign.name + " " + std::string(reason_name(decision.reason)) + " " +
                       std::to_string(decision.time.ms) + " " + std::string(decision.trigger_id) +
                       " " + std::string(decision.detail);
    ++(decision.reason == Reason::kEvaluationError ? outcome.failed : outcome.decided)[line];
  }
  void on_metric_error(const Metric&, std::string_view) override {}
  Outcome outcome;
};

Outcome run(const std::string& yaml, const std::vector<std::pair<Timestamp, std::string>>& events) {
  std::vector<std::pair<std::string, std::string>> files;
  for (size_t at = 0; at < yaml.size();) {  // files of half a megabyte
    size_t end = yaml.find("---\n", std::min(yaml.size(), at + (512 << 10)));
    files.emplace_back("w" + std::to_string(files.size()) + ".yaml", yaml.substr(at, end - at));
    at = std::min(end, yaml.size());
  }
  LoadedWorkspace loaded = load_workspace_texts(files);
  if (loaded.workspace == nullptr) {
    for (const Finding& finding : loaded.findings) ADD_FAILURE() << to_string(finding);
    return {};
  }
  Notes notes;
  Decider decider(loaded.workspace, notes);
  Decoder decoder;
  Customer customer;
  customer.id = "u";
  decider.adopt(customer);
  for (const auto& [at, json] : events) {
    Arena arena;
    Event event;
    DecodeNotes decode_notes;
    Refusal refusal;
    EXPECT_TRUE(decoder.decode({{}, json, {}, at}, false, arena, event, decode_notes, refusal));
    decider.on_event(customer, event, at, std::nullopt);
  }
  decider.fire_due(customer, events.back().first + hours(3), std::nullopt);
  return notes.outcome;
}

class ManyCampaigns : public testing::TestWithParam<uint32_t> {};

TEST_P(ManyCampaigns, DecideWhatEachDecidesAlone) {
  Dice dice(GetParam());
  std::vector<std::string> campaigns;
  for (int i = 0; i < 120; ++i) campaigns.push_back(campaign(dice, i));
  std::vector<std::pair<Timestamp, std::string>> events;
  Timestamp at{1'772'409'600'000};
  for (int i = 0; i < 60; ++i) {
    at = at + minutes(dice.one_in(10) ? 70 : dice.below(12));
    Timestamp its = dice.one_in(12) ? at - minutes(30) : at;
    events.emplace_back(at, event_json(dice, i, its));
  }
  Outcome alone;
  std::string all = kDefinitions;
  for (const std::string& one : campaigns) {
    Outcome its = run(kDefinitions + one, events);
    alone.decided.merge(its.decided);
    alone.failed.merge(its.failed);
    all += one;
  }
  Outcome together = run(all, events);
  auto indexed = load_workspace_texts({{"w.yaml", all}}).workspace;
  ASSERT_NE(indexed, nullptr);
  EXPECT_FALSE(indexed->plan("Viewed").campaigns.starts.is_plain()) << "there is a tree to test";
  EXPECT_EQ(together.decided, alone.decided);
  EXPECT_FALSE(together.decided.empty());
  for (const auto& [line, count] : together.failed) {
    EXPECT_TRUE(alone.failed.contains(line)) << line;
    EXPECT_LE(count, alone.failed[line]) << line;
  }
}

/// One side, both, or neither in the order that numbers have; the bounds are those that events
/// have.
std::string range(Dice& dice) {
  auto bound = [&](const char* closed, const char* open) {
    return std::string(dice.one_in(2) ? closed : open) + " " +
           dice.of({"0", "1", "2", "2.5", "3", "4u", "5", "6.0", "7", "8", "9", "10"});
  };
  auto time = [&](const char* closed, const char* open) {
    return std::string(dice.one_in(2) ? closed : open) + " timestamp('2026-03-02T0" +
           std::to_string(dice.below(10)) + ":00:00Z')";
  };
  const bool of_time = dice.one_in(4);
  const std::string what =
      of_time ? "event.timestamp " : dice.of({"event.properties.n ", "event.properties.m "});
  const std::string low = what + (of_time ? time(">=", ">") : bound(">=", ">"));
  const std::string high = what + (of_time ? time("<=", "<") : bound("<=", "<"));
  switch (dice.below(4)) {
    case 0:
      return low;
    case 1:
      return high;
    default:
      return dice.one_in(2) ? low + " && " + high : high + " && " + low;
  }
}

class ManyRanges : public testing::TestWithParam<uint32_t> {};

TEST_P(ManyRanges, DecideWhatEachDecidesAlone) {
  Dice dice(1000 + GetParam());
  std::vector<std::pair<Timestamp, std::string>> events;
  for (int i = 0; i < 80; ++i) {
    // Often at a bound's very moment and number.
    const Timestamp at{1'772'409'600'000 + (i / 8) * 3'600'000 + (i % 8 == 0 ? 0 : i)};
    auto number = [&] {
      return dice.one_in(3) ? std::to_string(dice.below(11)) + ".5"
                            : std::to_string(dice.below(11));
    };
    events.emplace_back(at, R"({"type":"track","event":"Viewed","userId":"u","messageId":"m)" +
                                std::to_string(i) + R"(","timestamp":")" + format_rfc3339(at) +
                                R"(","properties":{"n":)" + number() + R"(,"m":)" + number() +
                                "}}");
  }
  Outcome alone;
  std::string all = kDefinitions;
  for (int i = 0; i < 150; ++i) {
    const std::string one =
        "---\ncampaign: c" + std::to_string(i) +
        "\nchannel: push\nexpires: never\nwhen: {event: Viewed, if: " + in_quotes(range(dice)) +
        "}\nmessage: {title: t}\n";
    Outcome its = run(kDefinitions + one, events);
    alone.decided.merge(its.decided);
    EXPECT_TRUE(its.failed.empty()) << one;
    all += one;
  }
  Outcome together = run(all, events);
  EXPECT_EQ(together.decided, alone.decided);
  EXPECT_FALSE(together.decided.empty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, ManyRanges, testing::Range(1u, 9u));

std::string many(int count, const std::string& condition_of_each) {
  std::string yaml = kDefinitions;
  for (int i = 0; i < count; ++i) {
    std::string condition = condition_of_each;
    for (size_t at; (at = condition.find('#')) != std::string::npos;) {
      condition.replace(at, 1, std::to_string(i));
    }
    yaml += "---\ncampaign: c" + std::to_string(i) +
            "\nchannel: push\nwhen: {event: Viewed, if: " + in_quotes(condition) +
            "}\nmessage: {title: t}\n";
  }
  return yaml;
}

std::vector<std::pair<Timestamp, std::string>> one_event(const std::string& properties) {
  Timestamp at{1'772'409'600'000};
  return {{at, R"({"type":"track","event":"Viewed","userId":"u","messageId":"m","timestamp":")" +
                   format_rfc3339(at) + R"(","properties":{)" + properties + "}}"}};
}

TEST(ManyCampaignsOfOneKind, MatchWhateverTheirConditionsLookUp) {
  // Conditions of which each form alone decides whether the tree finds them.
  for (const char* condition :
       {"has(event.properties.a)", "!has(event.properties.zz)", "event.properties.flag",
        "!event.properties.off", "event.properties.tags.exists(t, t == 1)",
        "'x' in event.properties.tags", "event.properties.url.startsWith('/shop')",
        "event.properties.url.matches('a$')", "event.properties.n >= 2.0",
        "event.properties.n == 2.0", "event.properties.n in [1u, 2u]",
        "(event.properties.a == 'x' || event.properties.a == 'y')",
        "size(event.properties.tags) > 1", "event.timestamp >= timestamp('2020-01-01T00:00:00Z')",
        "event.properties.coupon.orValue('none') == 'none'"}) {
    Outcome outcome =
        run(many(40, std::string(condition) + " && event.properties.n != -1000.5 - #.0"),
            one_event(R"("a":"x","flag":true,"off":false,"tags":["x",1],)"
                      R"("url":"/shop/a","n":2)"));
    EXPECT_EQ(outcome.decided.size(), 40u) << condition;
    EXPECT_TRUE(outcome.failed.empty()) << condition;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ManyCampaigns, testing::Range(1u, 25u));

TEST(ManyFailures, AreToldOfTheFirstByPriority) {
  Outcome outcome = run(many(300, "event.properties.a == 'v#'"), one_event(R"("b":1)"));
  EXPECT_EQ(outcome.failed.size(), ConditionIndex::kFailuresShown);
  EXPECT_TRUE(outcome.failed.begin()->first.starts_with("c0 evaluation_error"));
}

TEST(FewFailures, AreAllTold) {
  Outcome outcome = run(many(12, "event.properties.a == 'v#'"), one_event(R"("b":1)"));
  EXPECT_EQ(outcome.failed.size(), 12u);
}

TEST(TooManyMatches, AreCutByPriorityAndTold) {
  std::string yaml = many(10'100, "event.properties.n > #");
  Outcome outcome = run(yaml, one_event(R"("n":1000000)"));
  EXPECT_EQ(outcome.decided.size(), Workspace::kMostCandidates);
  ASSERT_EQ(outcome.failed.size(), 1u);
  EXPECT_TRUE(outcome.failed.begin()->first.starts_with("c10000 evaluation_error"));
  EXPECT_NE(outcome.failed.begin()->first.find("this one and 99 more"), std::string::npos);
}

TEST(ExpensiveConditions, ShareOneLimitPerEvent) {
  std::string tags = "\"tags\":[";
  for (int i = 0; i < 300; ++i) tags += (i > 0 ? "," : "") + std::to_string(i);
  Outcome outcome =
      run(many(400, "event.properties.tags.all(x, event.properties.tags.all(y, x + y + # >= 0))"),
          one_event(tags + "]"));
  EXPECT_FALSE(outcome.decided.empty());
  bool together = false;
  for (const auto& [line, count] : outcome.failed) {
    together |= line.find("exceed their limit together") != std::string::npos;
  }
  EXPECT_TRUE(together);
  EXPECT_EQ(outcome.decided.size() + outcome.failed.size(), 400u);
}

}  // namespace
}  // namespace sapa
