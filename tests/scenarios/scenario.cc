#include "tests/scenarios/scenario.h"

#include <charconv>
#include <set>

#include <yaml-cpp/yaml.h>

#include "engine/base/json.h"

namespace sapa::scenarios {
namespace {

/// Ends the reading of a file; never leaves parse_scenarios().
struct Mistake {
  int line;
  std::string message;
};

[[noreturn]] void fail(const YAML::Node& node, std::string message) {
  throw Mistake{node.Mark().line + 1, std::move(message)};
}

std::string text_of(const YAML::Node& node) {
  if (!node.IsScalar()) fail(node, "a text is wanted here");
  return node.Scalar();
}

/// Plain scalars as YAML's core schema has them, quoted ones as strings.
void append_json_of(const YAML::Node& node, std::string& out) {
  if (node.IsMap()) {
    out += '{';
    for (const auto& entry : node) {
      if (out.back() != '{') out += ',';
      append_json_string(text_of(entry.first), out);
      out += ':';
      append_json_of(entry.second, out);
    }
    out += '}';
  } else if (node.IsSequence()) {
    out += '[';
    for (const auto& item : node) {
      if (out.back() != '[') out += ',';
      append_json_of(item, out);
    }
    out += ']';
  } else if (node.IsNull()) {
    out += "null";
  } else {
    const std::string& text = node.Scalar();
    double number;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    bool is_number = error == std::errc() && end == text.data() + text.size();
    bool plain = node.Tag() != "!" && (is_number || text == "true" || text == "false");
    plain ? void(out += text) : append_json_string(text, out);
  }
}

std::string json_of(const YAML::Node& node) {
  std::string out;
  append_json_of(node, out);
  return out;
}

class FileReader {
 public:
  ScenarioFile read(const YAML::Node& root) {
    check_keys(root, {"workspace", "folder", "date", "offset", "scenarios"});
    if (root["date"]) date_ = text_of(root["date"]);
    if (root["offset"]) offset_ = text_of(root["offset"]);
    if (root["folder"]) file_.workspace_folder = text_of(root["folder"]);
    if (root["workspace"]) {
      file_.workspace_texts.emplace_back("workspace.yaml", text_of(root["workspace"]));
    }
    if (!root["workspace"] == !root["folder"]) fail(root, "either `workspace` or `folder`");
    if (!root["scenarios"]) fail(root, "`scenarios` is missing");
    for (const auto& node : root["scenarios"]) read_scenario(node);
    return std::move(file_);
  }

 private:
  static void check_keys(const YAML::Node& node, const std::set<std::string>& known) {
    if (!node.IsMap()) fail(node, "a mapping is wanted here");
    for (const auto& entry : node) {
      std::string key = text_of(entry.first);
      if (!known.contains(key)) fail(entry.first, "unknown key `" + key + "`");
    }
  }

  void read_scenario(const YAML::Node& node) {
    check_keys(node, {"name", "about", "clock", "steps", "triggers", "suppressed", "state",
                      "metric_errors"});
    Scenario scenario;
    scenario.line = node.Mark().line + 1;
    if (!node["name"] || !node["steps"]) fail(node, "a scenario has a `name` and `steps`");
    scenario.name = text_of(node["name"]);
    if (node["clock"]) {
      std::string clock = text_of(node["clock"]);
      if (clock != "wall" && clock != "event") fail(node["clock"], "`clock` is wall or event");
      scenario.wall_clock = clock == "wall";
    }
    previous_ = {};
    received_ = {};
    messages_ = 0;
    for (const auto& step : node["steps"]) scenario.steps.push_back(read_step(step));
    for (const auto& item : node["triggers"]) scenario.triggers.push_back(read_expected(item));
    for (const auto& item : node["suppressed"]) scenario.suppressed.push_back(read_expected(item));
    for (const auto& item : node["state"]) scenario.state.push_back(read_expected(item));
    for (const auto& item : node["metric_errors"]) {
      scenario.metric_errors.push_back(text_of(item));
    }
    file_.scenarios.push_back(std::move(scenario));
  }

  /// RFC 3339; or "10:00", "10:00:05", "03-02 10:00" with the file's date and offset; or "+30m"
  /// after the step before.
  Timestamp read_time(const YAML::Node& node) const {
    std::string text = text_of(node);
    Timestamp time;
    if (text.starts_with('+')) {
      auto after = parse_duration(text.substr(1));
      if (!after) fail(node, after.error().message);
      return previous_ + *after;
    }
    if (text.size() >= 11 && text[2] == '-') {
      text = date_.substr(0, 5) + text.substr(0, 5) + "T" + text.substr(6);
    } else if (text.size() >= 5 && text[2] == ':') {
      text = date_ + "T" + text;
    }
    if (text.size() == 16) text += ":00";
    if (text.size() == 19 || (text.size() == 23 && text[19] == '.')) text += offset_;
    if (!parse_rfc3339(text, time)) fail(node, "`" + text_of(node) + "` is no time");
    return time;
  }

  Step read_step(const YAML::Node& node) {
    check_keys(node, {"at", "received", "user", "anonymous", "track", "identify", "screen",
                      "properties", "context", "id", "clock", "wall", "restart"});
    Step step;
    step.line = node.Mark().line + 1;
    if (node["restart"]) {
      step.kind = Step::Kind::kRestart;
    } else if (node["clock"] || node["wall"]) {
      step.kind = node["clock"] ? Step::Kind::kClock : Step::Kind::kWall;
      step.at = previous_ = read_time(node["clock"] ? node["clock"] : node["wall"]);
    } else {
      read_event(node, step);
    }
    return step;
  }

  void read_event(const YAML::Node& node, Step& step) {
    if (!node["at"]) fail(node, "an event has a time: `at`");
    step.at = previous_ = read_time(node["at"]);
    step.received = std::max(step.at, received_);
    if (node["received"]) step.received = read_time(node["received"]);
    received_ = step.received;
    std::string& json = step.json;
    json = "{\"type\":";
    auto put = [&](std::string_view name, const std::string& value) {
      json += ",\"" + std::string(name) + "\":" + value;
    };
    if (node["track"]) {
      json += "\"track\"";
      put("event", to_json(Value::of_string(text_of(node["track"]))));
    } else if (node["identify"]) {
      json += "\"identify\"";
      put("traits", json_of(node["identify"]));
    } else if (node["screen"]) {
      json += "\"screen\"";
      put("name", to_json(Value::of_string(text_of(node["screen"]))));
    } else {
      fail(node, "what happens is missing: `track`, `identify`, `screen`, `clock` …");
    }
    if (!node["user"] && !node["anonymous"]) fail(node, "`user` or `anonymous` is missing");
    if (node["user"]) put("userId", json_of(node["user"]));
    if (node["anonymous"]) put("anonymousId", json_of(node["anonymous"]));
    ++messages_;
    std::string id = node["id"] ? text_of(node["id"]) : "m" + std::to_string(messages_);
    put("messageId", to_json(Value::of_string(id)));
    put("timestamp", "\"" + format_rfc3339(step.at) + "\"");
    if (node["properties"]) put("properties", json_of(node["properties"]));
    if (node["context"]) put("context", json_of(node["context"]));
    json += '}';
  }

  Expectation read_expected(const YAML::Node& node) const {
    if (!node.IsMap()) fail(node, "a mapping such as {campaign: …, user: …, at: …} is wanted here");
    Expectation expected;
    for (const auto& entry : node) {
      std::string field = text_of(entry.first);
      std::string text;
      bool is_time = field == "at" || field == "expires_at";
      if (is_time && !text_of(entry.second).empty()) {
        text = format_rfc3339(read_time(entry.second));
      } else if (entry.second.IsScalar()) {
        text = entry.second.Scalar();
      } else {
        text = json_of(entry.second);
      }
      expected.emplace_back(std::move(field), std::move(text));
    }
    return expected;
  }

  ScenarioFile file_;
  std::string date_ = "2026-03-02";
  std::string offset_ = "Z";
  Timestamp previous_;  // the step before
  Timestamp received_;  // the latest so far
  int messages_ = 0;
};

}  // namespace

Result<ScenarioFile> parse_scenarios(std::string_view text) {
  try {
    return FileReader().read(YAML::Load(std::string(text)));
  } catch (const Mistake& mistake) {
    return user_error("line " + std::to_string(mistake.line) + ": " + mistake.message);
  } catch (const YAML::Exception& error) {
    return user_error("line " + std::to_string(error.mark.line + 1) + ": " + error.msg);
  }
}

}  // namespace sapa::scenarios
