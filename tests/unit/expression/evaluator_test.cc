// Variables, host maps and memory during evaluation; the values of expressions are in cases/.
#include <map>

#include <gtest/gtest.h>

#include "case_data.h"
#include "engine/base/json.h"

namespace sapa::expression {
namespace {

class Views : public HostMap {
 public:
  Value find(const Value& key) const override {
    auto at = counts_.find(std::string(key.is(Kind::kString) ? key.as_string() : ""));
    return at == counts_.end() ? Value::absent() : Value::of_int(at->second);
  }
  uint32_t size() const override { return static_cast<uint32_t>(counts_.size()); }
  Value key_at(uint32_t i) const override {
    return Value::of_string(std::next(counts_.begin(), i)->first);
  }

 private:
  std::map<std::string, int64_t> counts_{{"bags", 2}, {"shoes", 5}};
};

class Evaluation : public testing::Test {
 protected:
  Evaluation() {
    environment_.declare("event", TypeKind::kDyn, 0);
    environment_.declare("metrics.views", Type::map_of(TypeKind::kString, TypeKind::kInt), 1);
    environment_.declare("metrics.recent", TypeKind::kInt, 2);
    environment_.declare("customer.first_name", TypeKind::kString, 3);
    slots_.set(
        0,
        read(R"({"name": "Product Viewed", "properties": {"price": 250000, "tags": ["a", "b"]}})"));
    slots_.set(1, Value::of_host_map(&views_));
  }

  Value read(std::string_view json) {
    Result<Value> value = JsonReader().read(json, arena_);
    EXPECT_TRUE(value.ok());
    return *value;
  }

  std::string result(std::string_view source) {
    Diagnostics diagnostics;
    auto program = compile(source, environment_, diagnostics);
    if (!program) return "refused: " + diagnostics.at(0).message;
    Value value = program->evaluate(slots_, arena_);
    return value.is_error() ? "error: " + std::string(value.as_string()) : to_json(value);
  }

  Arena arena_;
  Environment environment_;
  Slots slots_;
  Views views_;
};

TEST_F(Evaluation, ReadsMembersOfEvents) {
  EXPECT_EQ(result("event.properties.price > 100000.0 && event.name == 'Product Viewed'"), "true");
  EXPECT_EQ(result("event.properties.price * 1.1 > 274999"), "true");
  EXPECT_EQ(result("event.properties.colour == 'red'"), "error: no such key: colour");
  EXPECT_EQ(result("event.name.first"), "error: type 'string' does not support member selection");
}

TEST_F(Evaluation, TreatsUnsetVariablesAsMissing) {
  EXPECT_EQ(result("metrics.recent > 3"), "error: no such key: metrics.recent");
  EXPECT_EQ(result("metrics.recent.orValue(0) == 0"), "true");
  EXPECT_EQ(result("'Hi ' + customer.first_name.orValue('Kak')"), "\"Hi Kak\"");
  EXPECT_EQ(result("has(metrics.recent)"), "false");
  EXPECT_EQ(result("customer.?first_name.hasValue()"), "false");
  slots_.set(2, Value::of_int(4));
  EXPECT_EQ(result("metrics.recent.orValue(0)"), "4");
  EXPECT_EQ(result("has(metrics.recent) && metrics.?recent.value() == 4"), "true");
}

TEST_F(Evaluation, AsksHostMapsOnDemand) {
  EXPECT_EQ(result("metrics.views['shoes']"), "5");
  EXPECT_EQ(result("metrics.views.bags"), "2");
  EXPECT_EQ(result("metrics.views['hats']"), "error: no such key: hats");
  EXPECT_EQ(result("metrics.views['hats'].orValue(0)"), "0");
  EXPECT_EQ(result("metrics.views[?'bags'].orValue(0)"), "2");
  EXPECT_EQ(result("'hats' in metrics.views || has(metrics.views.shoes)"), "true");
  EXPECT_EQ(result("size(metrics.views)"), "2");
  EXPECT_EQ(result("metrics.views.size()"), "2");
  EXPECT_EQ(result("metrics.views.filter(c, metrics.views[c] > 3)"), "[\"shoes\"]");
  EXPECT_EQ(result("metrics.views.exists(c, n, n == 2)"), "true");
  EXPECT_EQ(result("metrics.views == {'shoes': 5, 'bags': 2}"), "true");
  EXPECT_EQ(result("'%s'.format([metrics.views])"), "\"{bags: 2, shoes: 5}\"");
  EXPECT_EQ(result("type(metrics.views) == map"), "true");
}

TEST_F(Evaluation, ChecksWhatTheHostGivesAgainstTheOverload) {
  // The declaration says int, the value is a text: no overload, and no memory is misread.
  slots_.set(2, Value::of_string("4"));
  EXPECT_EQ(result("math.abs(metrics.recent)"), "error: no such overload: math.abs of (string)");
  slots_.set(3, Value::of_int(7));
  EXPECT_EQ(result("customer.first_name.contains('a')"),
            "error: no such overload: contains of (int, string)");
  EXPECT_EQ(result("customer.first_name.matches('a')"),
            "error: no such overload: matches of (int)");
}

TEST_F(Evaluation, PassesOnErrorsOfVariables) {
  slots_.set(2, Value::of_error("metric not ready"));
  EXPECT_EQ(result("metrics.recent + 1"), "error: metric not ready");
  EXPECT_EQ(result("has(metrics.recent)"), "error: metric not ready");
  EXPECT_EQ(result("metrics.recent.orValue(1)"), "error: metric not ready");
  EXPECT_EQ(result("metrics.recent > 1 || true"), "true");
}

TEST_F(Evaluation, AllocatesNothingForScalars) {
  Diagnostics diagnostics;
  auto program = compile("event.properties.price > 100000.0 && 'hats' in metrics.views == false",
                         environment_, diagnostics);
  ASSERT_TRUE(program);
  Arena arena;
  EXPECT_TRUE(program->evaluate(slots_, arena).is_true());
  EXPECT_EQ(arena.bytes_used(), 0u);
}

TEST_F(Evaluation, HandlesManyNestedMacros) {
  std::string source = "1";
  for (int i = 0; i < 12; ++i) source = "[0].map(x" + std::to_string(i) + ", " + source + ")[0]";
  EXPECT_EQ(result(source), "1");
  std::string sum = "event.properties.price";
  for (int i = 0; i < 100; ++i) sum = "(" + sum + " + 1)";
  EXPECT_EQ(result(sum), "250100");
  std::string list = "[event.name";
  for (int i = 0; i < 200; ++i) list += ", event.name";
  EXPECT_EQ(result("size(" + list + "])"), "201");
}

}  // namespace
}  // namespace sapa::expression
