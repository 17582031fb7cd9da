// Cases as lines of JSON: read, evaluated and compared in the typed mapping.
#pragma once

#include <string>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/value.h"
#include "engine/expression/expression.h"

namespace sapa::expression {

/// A file's lines as values; the memory is the arena's. Empty if there is no such file.
std::vector<Value> read_json_lines(const std::string& path, Arena& arena);

/// Variables by slot; those not set are absent.
class Slots : public Activation {
 public:
  void set(uint32_t slot, Value value) {
    if (values_.size() <= slot) values_.resize(slot + 1);
    values_[slot] = value;
  }
  Value load(uint32_t slot) const override {
    return slot < values_.size() ? values_[slot] : Value::absent();
  }

 private:
  std::vector<Value> values_;
};

struct Outcome {
  std::string value;  ///< typed JSON, maps' entries sorted; empty if it failed
  std::string type;
  std::string error;
};

/// Runs a case: "expr", with "vars" (plain) or "bindings" (typed), "type_env", "container", "check"
/// or "disable_check", "check_only".
Outcome run_case(const Value& row);
/// The outcome of an expression without variables.
Outcome run_expression(std::string_view source);
/// A typed JSON value in the same normal form as Outcome::value.
std::string normal_form(const Value& typed_json);

}  // namespace sapa::expression
