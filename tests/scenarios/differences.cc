#include "tests/scenarios/differences.h"

#include <algorithm>
#include <array>

#include "engine/base/json.h"

namespace sapa::scenarios {
namespace {

/// Where a field of an expectation stands in a trigger's, decision's or customer's JSON; a field
/// that is not listed stands under its own name.
struct Place {
  std::string_view field;
  std::array<std::string_view, 2> path;
};
constexpr Place kPlaces[] = {
    {"at", {"time", ""}},
    {"user", {"userId", ""}},
    {"anonymous", {"anonymousId", ""}},
    {"expires_at", {"expiresAt", ""}},
    {"collapse_key", {"collapseKey", ""}},
    {"source", {"sourceMessageId", ""}},
    {"title", {"content", "title"}},
    {"body", {"content", "body"}},
    {"link", {"content", "link"}},
    {"image", {"content", "image"}},
    {"data", {"content", "data"}},
    {"buttons", {"content", "buttons"}},
};

Value find(const Value& output, std::string_view field) {
  for (const Place& place : kPlaces) {
    if (place.field != field) continue;
    Value value = output.field(place.path[0]);
    return place.path[1].empty() ? value : value.field(place.path[1]);
  }
  Value value = output.field(field);
  if (!value.is_absent()) return value;
  return output.field("metrics").field(field);  // of a customer's state
}

std::string as_text(const Value& value) {
  std::string text;
  append_text(value, text);
  return text;
}

/// The segments of a customer by name: "[\"a\",\"b\"]".
std::string segment_names(const Value& segments) {
  std::vector<Value> names;
  for (uint32_t i = 0; i < segments.size; ++i) names.push_back(segments.items[i].field("segment"));
  return to_json(Value::of_list(names.data(), static_cast<uint32_t>(names.size())));
}

std::string shown(const Value& output, std::string_view field) {
  if (field == "segments") return segment_names(output.field("segments"));
  return as_text(find(output, field));
}

std::string line_of(const Expectation& expected) {
  std::string line;
  for (const auto& [field, text] : expected) {
    line += (line.empty() ? "" : ", ") + field + ": " + text;
  }
  return line;
}

bool matches(const Expectation& expected, const Value& output) {
  return std::all_of(expected.begin(), expected.end(),
                     [&](const auto& entry) { return shown(output, entry.first) == entry.second; });
}

/// The output as far as the expectations speak of it.
std::string line_of(const Value& output, const std::vector<std::string>& fields) {
  Expectation seen;
  for (const std::string& field : fields) {
    std::string text = shown(output, field);
    if (!text.empty()) seen.emplace_back(field, text);
  }
  return line_of(seen);
}

std::vector<std::string> fields_of(const std::vector<Expectation>& all,
                                   std::vector<std::string> fields) {
  for (const Expectation& expected : all) {
    for (const auto& [field, text] : expected) {
      if (std::find(fields.begin(), fields.end(), field) == fields.end()) fields.push_back(field);
    }
  }
  return fields;
}

/// The longest common subsequence stays, the rest is missing or unexpected.
std::string compare(std::string_view what, const std::vector<Expectation>& expected,
                    const std::vector<std::string>& outputs,
                    const std::vector<std::string>& fields) {
  Arena arena;
  JsonReader reader;
  std::vector<Value> values;
  for (const std::string& json : outputs) {
    auto value = reader.read(json, arena);
    if (!value) return "an output is no JSON: " + json + "\n";
    values.push_back(*value);
  }
  size_t n = expected.size(), m = values.size();
  std::vector<std::vector<uint32_t>> common(n + 1, std::vector<uint32_t>(m + 1, 0));
  for (size_t i = n; i-- > 0;) {
    for (size_t j = m; j-- > 0;) {
      common[i][j] = matches(expected[i], values[j]) ? common[i + 1][j + 1] + 1
                                                     : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  if (common[0][0] == n && n == m) return "";
  std::string text = std::string(what) + " (- missing, + unexpected):\n";
  for (size_t i = 0, j = 0; i < n || j < m;) {
    if (i < n && j < m && matches(expected[i], values[j])) {
      text += "    " + line_of(expected[i]) + "\n";
      ++i, ++j;
    } else if (i < n && (j == m || common[i + 1][j] >= common[i][j + 1])) {
      text += "  - " + line_of(expected[i++]) + "\n";
    } else {
      text += "  + " + line_of(values[j++], fields) + "\n";
    }
  }
  return text;
}

}  // namespace

std::string differences(const Scenario& scenario, const Outcome& outcome) {
  std::string text = compare("triggers", scenario.triggers, outcome.triggers,
                             fields_of(scenario.triggers, {"campaign", "user", "anonymous", "at"}));
  text += compare("suppressed", scenario.suppressed, outcome.suppressed,
                  {"campaign", "user", "anonymous", "at", "reason", "detail"});
  text += compare("state", scenario.state, outcome.state, fields_of(scenario.state, {}));
  if (scenario.metric_errors != outcome.metric_errors) {
    text += "metrics with errors:";
    for (const std::string& name : outcome.metric_errors) text += " " + name;
    text += "\n";
  }
  return text;
}

}  // namespace sapa::scenarios
