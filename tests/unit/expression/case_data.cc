#include "case_data.h"

#include <algorithm>
#include <fstream>

#include "engine/base/json.h"
#include "engine/expression/typed_json.h"

namespace sapa::expression {
namespace {

/// Typed JSON with the entries of maps in the order of their texts.
std::string sorted_json(const Value& value) {
  if (value.is(Kind::kList)) {
    std::string out = "[";
    for (uint32_t i = 0; i < value.size; ++i) out += sorted_json(value.items[i]) + ",";
    return out + "]";
  }
  if (!value.is(Kind::kMap)) {
    std::string out;
    append_typed_json(value, out);
    return out;
  }
  std::vector<std::string> entries;
  for (uint32_t i = 0; i < value.size; ++i) {
    entries.push_back(sorted_json(value.entries[i].key) + ":" +
                      sorted_json(value.entries[i].value));
  }
  std::sort(entries.begin(), entries.end());
  std::string out = "{";
  for (const std::string& entry : entries) out += entry + ",";
  return out + "}";
}

std::string describe(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& found : diagnostics) {
    text += found.message;
    if (!found.suggestion.empty()) text += " (did you mean '" + found.suggestion + "'?)";
    text += "; ";
  }
  return text;
}

Status bind(const Value& values, bool typed, Environment& environment, Slots& slots,
            uint32_t next_slot, Arena& arena) {
  for (uint32_t i = 0; values.is(Kind::kMap) && i < values.size; ++i) {
    std::string name(values.entries[i].key.as_string());
    Value value = values.entries[i].value;
    if (typed) {
      Result<Value> converted = value_from_typed_json(value, arena);
      if (!converted.ok()) return converted.error();
      value = *converted;
    }
    const auto* known = environment.find(name);
    uint32_t slot = known ? known->slot : next_slot++;
    if (!known) environment.declare(name, TypeKind::kDyn, slot);
    slots.set(slot, value);
  }
  return {};
}

}  // namespace

std::vector<Value> read_json_lines(const std::string& path, Arena& arena) {
  std::vector<Value> rows;
  std::ifstream file(path);
  JsonReader reader;
  for (std::string line; std::getline(file, line);) {
    Result<Value> row = reader.read(line, arena);
    rows.push_back(row.ok() ? *row : Value::of_error(arena.copy(row.error().message)));
  }
  return rows;
}

Outcome run_case(const Value& row) {
  Outcome outcome;
  Arena arena;
  Environment environment;
  Slots slots;
  uint32_t next_slot = 0;
  Value container = row.field("container");
  if (container.is(Kind::kString)) environment.set_container(std::string(container.as_string()));
  Value type_env = row.field("type_env");
  Status status;
  if (!type_env.is_absent()) status = declare_from_typed_json(type_env, environment, next_slot);
  if (status.ok()) status = bind(row.field("vars"), false, environment, slots, next_slot, arena);
  if (status.ok()) status = bind(row.field("bindings"), true, environment, slots, next_slot, arena);
  if (!status.ok()) {
    outcome.error = "bad case: " + status.error().message;
    return outcome;
  }
  CompileOptions options;
  Value check = row.field("check");
  options.check =
      !row.field("disable_check").is_true() && !(check.is(Kind::kBool) && !check.boolean);
  Diagnostics diagnostics;
  auto program = compile(row.field("expr").as_string(), environment, diagnostics, options);
  if (!program) {
    outcome.error = describe(diagnostics);
    return outcome;
  }
  append_type_json(program->result_type(), outcome.type);
  if (row.field("check_only").is_true()) return outcome;
  Value value = program->evaluate(slots, arena);
  if (value.is_error()) {
    outcome.error = value.as_string();
  } else {
    outcome.value = sorted_json(value);
  }
  return outcome;
}

Outcome run_expression(std::string_view source) {
  MapEntry entry{Value::of_string("expr"), Value::of_string(source)};
  return run_case(Value::of_map(&entry, 1));
}

std::string normal_form(const Value& typed_json) {
  Arena arena;
  Result<Value> value = value_from_typed_json(typed_json, arena);
  return value.ok() ? sorted_json(*value) : "bad value: " + value.error().message;
}

}  // namespace sapa::expression
