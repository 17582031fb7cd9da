#include "engine/scenario/differences.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/base/json.h"

namespace sapa::scenarios {
namespace {

using Mark = Difference::Mark;

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
    {"version", {"campaignVersion", ""}},
    {"id", {"triggerId", ""}},
    {"title", {"content", "title"}},
    {"body", {"content", "body"}},
    {"link", {"content", "link"}},
    {"image", {"content", "image"}},
    {"data", {"content", "data"}},
    {"buttons", {"content", "buttons"}},
};

/// The segments of a customer by name, in order of name: [a, b].
Value names_of(const Value& segments, Arena& arena) {
  Value* names = arena.array<Value>(segments.size);
  for (uint32_t i = 0; i < segments.size; ++i) names[i] = segments.items[i].field("segment");
  return Value::of_list(names, segments.size);
}

Value find(const Value& output, std::string_view field, Arena& arena) {
  if (field == "segments") return names_of(output.field("segments"), arena);
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
  if (!value.is_absent()) append_text(value, text);
  return text;
}

bool same(const Value& wanted, const Value& seen, bool ordered) {
  if (wanted.kind != seen.kind || wanted.size != seen.size) return as_text(wanted) == as_text(seen);
  if (wanted.is(Kind::kMap)) {
    return std::all_of(wanted.entries, wanted.entries + wanted.size, [&](const MapEntry& entry) {
      return same(entry.value, seen.field(entry.key.as_string()), ordered);
    });
  }
  if (!wanted.is(Kind::kList)) return as_text(wanted) == as_text(seen);
  return ordered
             ? std::equal(wanted.items, wanted.items + wanted.size, seen.items,
                          [](const Value& a, const Value& b) { return same(a, b, true); })
             : std::is_permutation(wanted.items, wanted.items + wanted.size, seen.items,
                                   [](const Value& a, const Value& b) { return same(a, b, true); });
}

/// Compares expectations with outputs, whose JSON it has read.
class Comparison {
 public:
  Comparison(std::string_view what, const ScenarioTimes& times,
             const std::vector<Expectation>& expected, const std::vector<std::string>& outputs,
             std::vector<std::string> shown)
      : what_(what), times_(times), expected_(expected), shown_(std::move(shown)) {
    for (const std::string& json : outputs) {
      auto value = reader_.read(json, arena_);
      values_.push_back(value ? *value : Value::of_string(json));
    }
  }

  /// The longest common subsequence stays, the rest is missing, unexpected or differs.
  void run(std::vector<Difference>& out) {
    size_t n = expected_.size(), m = values_.size();
    std::vector<std::vector<uint32_t>> common(n + 1, std::vector<uint32_t>(m + 1, 0));
    for (size_t i = n; i-- > 0;) {
      for (size_t j = m; j-- > 0;) {
        common[i][j] = matches(expected_[i], values_[j])
                           ? common[i + 1][j + 1] + 1
                           : std::max(common[i + 1][j], common[i][j + 1]);
      }
    }
    if (common[0][0] == n && n == m) return;
    std::vector<size_t> missing, unexpected;
    for (size_t i = 0, j = 0; i < n || j < m;) {
      if (i < n && j < m && matches(expected_[i], values_[j])) {
        flush(missing, unexpected, out);
        add(Mark::kRight, line_of(expected_[i]), out);
        ++i, ++j;
      } else if (i < n && (j == m || common[i + 1][j] >= common[i][j + 1])) {
        missing.push_back(i++);
      } else {
        unexpected.push_back(j++);
      }
    }
    flush(missing, unexpected, out);
  }

 private:
  bool field_matches(const ExpectedField& expected, const Value& output) {
    Value seen = find(output, expected.name, arena_);
    std::string text = as_text(seen);
    if (text == expected.text) return true;
    if (seen.is_number()) {
      double wanted = 0;
      const char* end = expected.text.data() + expected.text.size();
      auto [at, error] = std::from_chars(expected.text.data(), end, wanted);
      return error == std::errc() && at == end && wanted == seen.as_double();
    }
    if (!seen.is(Kind::kList) && !seen.is(Kind::kMap)) return false;
    auto wanted = reader_.read(expected.text, arena_);
    return wanted && same(*wanted, seen, expected.name != "segments");
  }

  bool matches(const Expectation& expected, const Value& output) {
    return std::all_of(expected.begin(), expected.end(),
                       [&](const ExpectedField& field) { return field_matches(field, output); });
  }

  /// Whether both tell of the same campaign and customer: then what differs is worth a closer look.
  bool are_related(const Expectation& expected, const Value& output) {
    for (const ExpectedField& field : expected) {
      bool tells_who =
          field.name == "campaign" || field.name == "user" || field.name == "anonymous";
      if (tells_who && !field_matches(field, output)) return false;
    }
    return true;
  }

  void flush(std::vector<size_t>& missing, std::vector<size_t>& unexpected,
             std::vector<Difference>& out) {
    for (size_t i : missing) {
      auto related = std::find_if(unexpected.begin(), unexpected.end(),
                                  [&](size_t j) { return are_related(expected_[i], values_[j]); });
      if (related == unexpected.end()) {
        add(Mark::kMissing, line_of(expected_[i]), out);
        continue;
      }
      add(Mark::kDiffers, line_of(values_[*related]), out);
      for (const ExpectedField& field : expected_[i]) {
        if (field_matches(field, values_[*related])) continue;
        out.back().fields.push_back(field.name + ": expected " + marked(expected_text(field)) +
                                    ", came out " + seen_text(values_[*related], field.name));
      }
      unexpected.erase(related);
    }
    for (size_t j : unexpected) add(Mark::kUnexpected, line_of(values_[j]), out);
    missing.clear();
    unexpected.clear();
  }

  void add(Mark mark, std::string text, std::vector<Difference>& out) {
    out.push_back({what_, mark, std::move(text), {}});
  }

  static std::string marked(std::string_view text) {
    return text.empty() ? "nothing" : "`" + std::string(text) + "`";
  }
  std::string expected_text(const ExpectedField& field) const {
    return field.is_time ? short_time(field.text) : field.text;
  }
  std::string seen_text(const Value& output, const std::string& field) {
    return marked(short_time(as_text(find(output, field, arena_))));
  }
  /// A time as the file's author would write it; any other text as it is.
  std::string short_time(std::string text) const {
    Timestamp time;
    bool is_time = text.size() == 24 && text.back() == 'Z' && parse_rfc3339(text, time);
    return is_time ? times_.write(time) : text;
  }

  std::string line_of(const Expectation& expected) const {
    std::string line;
    for (const ExpectedField& field : expected) {
      line += (line.empty() ? "" : ", ") + field.name + ": " + expected_text(field);
    }
    return line;
  }

  /// The output as far as it is of interest.
  std::string line_of(const Value& output) {
    if (!output.is(Kind::kMap)) return output.is(Kind::kNull) ? "nobody is known" : as_text(output);
    std::string line;
    for (const std::string& field : shown_) {
      std::string text = short_time(as_text(find(output, field, arena_)));
      if (!text.empty()) line += (line.empty() ? "" : ", ") + field + ": " + text;
    }
    return line;
  }

  std::string what_;
  const ScenarioTimes& times_;
  const std::vector<Expectation>& expected_;
  std::vector<std::string> shown_;
  Arena arena_;
  JsonReader reader_;
  std::vector<Value> values_;
};

/// What is shown of an output that nothing expects: at least `fields`.
std::vector<std::string> fields_of(const std::vector<Expectation>& all,
                                   std::vector<std::string> fields) {
  for (const Expectation& expected : all) {
    for (const ExpectedField& field : expected) {
      if (std::find(fields.begin(), fields.end(), field.name) == fields.end()) {
        fields.push_back(field.name);
      }
    }
  }
  return fields;
}

/// Those of the campaigns that the scenario looks at.
std::vector<std::string> of_interest(const std::vector<std::string>& outputs,
                                     const std::vector<std::string>& only) {
  if (only.empty()) return outputs;
  std::vector<std::string> kept;
  JsonReader reader;
  for (const std::string& json : outputs) {
    Arena arena;
    auto value = reader.read(json, arena);
    if (!value) continue;
    std::string_view campaign = value->field("campaign").as_string();
    if (std::find(only.begin(), only.end(), campaign) != only.end()) kept.push_back(json);
  }
  return kept;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

}  // namespace

std::vector<Difference> find_differences(const Scenario& scenario, const ScenarioTimes& times,
                                         const Outcome& outcome) {
  std::vector<Difference> out;
  auto compare = [&](std::string_view what, const std::vector<Expectation>& expected,
                     const std::vector<std::string>& outputs, std::vector<std::string> shown) {
    Comparison(what, times, expected, outputs, fields_of(expected, std::move(shown))).run(out);
  };
  if (!scenario.triggers.any) {
    compare("triggers", scenario.triggers.outputs, of_interest(outcome.triggers, scenario.only),
            {"campaign", "user", "anonymous", "at", "title"});
  }
  if (!scenario.suppressed.any) {
    compare("suppressed", scenario.suppressed.outputs,
            of_interest(outcome.suppressed, scenario.only),
            {"campaign", "user", "anonymous", "at", "reason", "detail"});
  }
  compare("state", scenario.state, outcome.state, {"user", "anonymous"});
  if (scenario.metric_errors != outcome.metric_errors) {
    out.push_back({"metric_errors",
                   Mark::kDiffers,
                   "the metrics whose expressions failed",
                   {"expected " + joined(scenario.metric_errors) + ", came out " +
                    joined(outcome.metric_errors)}});
  }
  return out;
}

std::string to_text(const std::vector<Difference>& differences) {
  static constexpr std::string_view kMarks[] = {"  ", "- ", "+ ", "~ "};
  std::string text, in;
  for (const Difference& difference : differences) {
    if (difference.in != in) {
      in = difference.in;
      text += in + " (- missing, + unexpected, ~ differs):\n";
    }
    text += "  ";
    text += kMarks[static_cast<size_t>(difference.mark)];
    text += difference.text + "\n";
    for (const std::string& field : difference.fields) text += "        " + field + "\n";
  }
  return text;
}

}  // namespace sapa::scenarios
