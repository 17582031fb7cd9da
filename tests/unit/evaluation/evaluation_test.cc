// What the workspace's variables are while one event or timer is worked on.
#include "engine/evaluation/evaluation.h"

#include <gtest/gtest.h>

#include "engine/base/json.h"
#include "engine/customer/value_codec.h"
#include "engine/workspace/loader.h"
#include "engine/workspace/variables.h"

namespace sapa {
namespace {

constexpr const char* kWorkspace = R"(
policy: {timezone: Asia/Jakarta, locale: id-ID}
metrics:
  views:  {count: View, by: event.properties.day, over: 1h}
  latest: {latest: event.properties.name, of: View, by: event.properties.name}
segments: {fan: size(metrics.views) > 0}
---
campaign: c
channel: push
when: {event: View, if: "segments.fan && size(metrics.latest) > 0"}
message: {title: t}
)";

class EvaluationTest : public testing::Test {
 protected:
  EvaluationTest() {
    LoadedWorkspace loaded = load_workspace_texts({{"test.yaml", kWorkspace}});
    workspace_ = loaded.workspace;
    evaluation_ = std::make_unique<Evaluation>(*workspace_, arena_);
    customer_.id = "u1";
    customer_.metrics.resize(workspace_->metrics.size());
  }
  std::string load(uint32_t slot) {
    Value value = evaluation_->load(slot);
    return value.is_absent() ? "unset" : to_json(value);
  }
  void begin(const EventView* event) { evaluation_->begin(customer_, event, Timestamp{5000}); }
  void count(size_t metric, std::string_view key, const Value& value, int64_t at = 1000) {
    begin(nullptr);
    MetricClock clock = evaluation_->clock();
    clock.now = Timestamp{at};
    customer_.metrics[metric].add(workspace_->metrics[metric].shape, clock, key, value);
  }

  std::shared_ptr<const Workspace> workspace_;
  Arena arena_;
  std::unique_ptr<Evaluation> evaluation_;
  Customer customer_;
};

TEST_F(EvaluationTest, OfANewCustomerLittleIsSet) {
  begin(nullptr);
  EXPECT_EQ(load(variables::kCustomerId), "\"u1\"");
  EXPECT_EQ(load(variables::kCustomer), "{}");
  EXPECT_EQ(load(variables::kCustomerFirstSeen), "unset");
  EXPECT_EQ(load(variables::kCustomerLastSeen), "unset");
  EXPECT_EQ(load(variables::kCustomerTimeZone), "\"Asia/Jakarta\"");
  EXPECT_EQ(load(variables::kCustomerLocale), "\"id-ID\"");
  EXPECT_EQ(load(variables::kCustomerStage), "unset");
  EXPECT_EQ(load(variables::kNow), "\"1970-01-01T00:00:05Z\"");
  EXPECT_EQ(load(variables::kSegments), "false");
}

TEST_F(EvaluationTest, WithoutAnEventItsVariablesAreUnset) {
  begin(nullptr);
  for (uint32_t slot = variables::kEvent; slot <= variables::kEventTraits; ++slot) {
    EXPECT_EQ(load(slot), "unset");
  }
  EventView view;
  view.message = view.properties = view.context = view.traits = Value::of_map(nullptr, 0);
  view.name = "View";
  view.timestamp = Timestamp{4000};
  begin(&view);
  EXPECT_EQ(load(variables::kEventName), "\"View\"");
  EXPECT_EQ(load(variables::kEventTimestamp), "\"1970-01-01T00:00:04Z\"");
}

TEST_F(EvaluationTest, StepsAreSetAsFarAsTheyHaveCome) {
  begin(nullptr);
  EventView step;
  step.name = "View";
  step.timestamp = Timestamp{1000};
  evaluation_->set_steps({&step, 1});
  EXPECT_EQ(load(variables::kSteps + variables::kStepName), "\"View\"");
  EXPECT_EQ(load(variables::kSteps + 8 + variables::kStepName), "unset");
}

TEST_F(EvaluationTest, TraitsAreReadAnewAfterTheyChanged) {
  begin(nullptr);
  EXPECT_EQ(load(variables::kCustomer), "{}");
  MapEntry entry{Value::of_string("name"), Value::of_string("Ani")};
  encode_value(Value::of_map(&entry, 1), customer_.traits);
  evaluation_->forget_traits();
  EXPECT_EQ(load(variables::kCustomer), R"({"name":"Ani"})");
  customer_.traits = "\xFF damaged";
  evaluation_->forget_traits();
  EXPECT_EQ(load(variables::kCustomer), "{}");
}

TEST_F(EvaluationTest, AMetricByKeyIsAMapOfTheKeysThatCount) {
  count(0, "a", {});
  count(0, "a", {});
  count(0, "b", {}, -3'600'000);
  count(1, "Panci", Value::of_string("Panci"));
  begin(nullptr);
  EXPECT_EQ(load(variables::kMetrics), R"({"a":2})");
  Value views = evaluation_->load(variables::kMetrics);
  EXPECT_EQ(to_json(views.field("never seen")), "0");
  EXPECT_FALSE(views.host_map->contains(Value::of_string("never seen")));
  EXPECT_TRUE(views.host_map->contains(Value::of_string("a")));
  EXPECT_TRUE(evaluation_->load(variables::kMetrics + 1).field("Wajan").is_absent());
}

TEST_F(EvaluationTest, KeysOfEveryKindAreFoundAsTheyWereCounted) {
  // As Decider names the key of an event: as text.
  for (Value key : {Value::of_int(7), Value::of_double(1.5), Value::of_bool(true),
                    Value::of_timestamp_ms(1'772'420'000'120)}) {
    std::string text;
    append_text(key, text);
    count(0, text, {});
    begin(nullptr);
    Value views = evaluation_->load(variables::kMetrics);
    EXPECT_EQ(to_json(views.host_map->find(key)), "1") << text;
    EXPECT_TRUE(views.host_map->contains(key)) << text;
  }
}

}  // namespace
}  // namespace sapa
