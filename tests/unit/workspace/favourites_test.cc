// metrics.NAME.top(): a customer's favourite keys, as conditions and texts of workspaces use it.
#include <gtest/gtest.h>

#include "engine/base/json.h"
#include "engine/expression/expression.h"

namespace sapa {
namespace {

class FixedMap : public HostMap {
 public:
  explicit FixedMap(std::vector<std::pair<std::string, double>> entries)
      : entries_(std::move(entries)) {}
  Value find(const Value& key) const override {
    for (const auto& [name, number] : entries_) {
      if (name == key.as_string()) return Value::of_double(number);
    }
    return Value::absent();
  }
  uint32_t size() const override { return static_cast<uint32_t>(entries_.size()); }
  Value key_at(uint32_t i) const override { return Value::of_string(entries_[i].first); }

 private:
  std::vector<std::pair<std::string, double>> entries_;
};

class OneVariable : public expression::Activation {
 public:
  explicit OneVariable(Value value) : value_(value) {}
  Value load(uint32_t) const override { return value_; }

 private:
  Value value_;
};

std::string evaluate(const std::string& source, Value interest) {
  using namespace expression;
  Environment environment;
  environment.declare("metrics.interest", Type::map_of(TypeKind::kString, TypeKind::kDouble), 1);
  Diagnostics diagnostics;
  auto program = compile(source, environment, diagnostics);
  if (program == nullptr) return diagnostics.empty() ? "?" : diagnostics[0].message;
  Arena arena;
  Value value = program->evaluate(OneVariable(interest), arena);
  return value.is_error() ? "error: " + std::string(value.as_string()) : to_json(value);
}

const FixedMap kInterest({{"garden", 2}, {"toys", 5}, {"kitchen", 5}, {"pets", 0.5}});
const FixedMap kNothing({});

TEST(Favourites, AreTheKeysWithTheHighestValues) {
  Value interest = Value::of_host_map(&kInterest);
  EXPECT_EQ(evaluate("metrics.interest.top().value()", interest), R"("kitchen")");
  EXPECT_EQ(evaluate("metrics.interest.top(3)", interest), R"(["kitchen","toys","garden"])");
  EXPECT_EQ(evaluate("metrics.interest.top(9)", interest), R"(["kitchen","toys","garden","pets"])");
  EXPECT_EQ(evaluate("metrics.interest.top(0)", interest), "[]");
}

TEST(Favourites, AreNoneWhereThereIsNothingYet) {
  Value interest = Value::of_host_map(&kNothing);
  EXPECT_EQ(evaluate("metrics.interest.top().orValue('none')", interest), R"("none")");
  EXPECT_EQ(evaluate("metrics.interest.top().hasValue()", interest), "false");
  EXPECT_EQ(evaluate("metrics.interest.top(2)", interest), "[]");
}

TEST(Favourites, WorkOnPlainMapsAndPassOverWhatIsNoNumber) {
  EXPECT_EQ(evaluate("{'a': 1, 'b': 'x', 'c': 2.5, 'd': 2u}.top(5)", Value::absent()),
            R"(["c","d","a"])");
}

TEST(Favourites, RefuseANegativeCount) {
  EXPECT_EQ(evaluate("metrics.interest.top(-1)", Value::of_host_map(&kInterest)),
            "error: top: how many cannot be negative");
}

}  // namespace
}  // namespace sapa
