#include "engine/scenario/scenario_reader.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "engine/base/json.h"
#include "engine/decision/decision.h"
#include "engine/scenario/yaml_json.h"
#include "engine/workspace/node_reading.h"
#include "engine/workspace/scalar_offsets.h"

namespace sapa::scenarios {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kTriggerFields = {
    "campaign", "user",    "anonymous", "at",           "channel",    "priority", "locale",
    "title",    "body",    "link",      "image",        "buttons",    "data",     "source",
    "variant",  "control", "version",   "collapse_key", "expires_at", "id"};
const std::vector<std::string> kSuppressedFields = {
    "campaign", "user", "anonymous", "at", "reason", "detail", "source", "version", "id"};
const std::vector<std::string> kStateFields = {
    "user",      "anonymous",      "events",   "stage",          "stageSince",
    "segments",  "traits",         "locale",   "timezone",       "underWay",
    "firstSeen", "inexactMetrics", "lastSeen", "latestDecisions"};

std::string marked(std::string_view text) { return "`" + std::string(text) + "`"; }

/// The byte of `text` that stands in this line and column, which count from 1.
uint32_t offset_in(std::string_view text, uint32_t line, uint32_t column) {
  size_t at = 0;
  for (uint32_t i = 1; i < line; ++i) {
    size_t end = text.find('\n', at);
    if (end == std::string_view::npos) break;
    at = end + 1;
  }
  for (uint32_t i = 1; i < column && at < text.size() && text[at] != '\n'; ++i) {
    ++at;
    while (at < text.size() && (static_cast<uint8_t>(text[at]) & 0xC0) == 0x80) ++at;
  }
  return static_cast<uint32_t>(at);
}

class FileReader {
 public:
  FileReader(const SourceText& source, std::string home, const WorkspaceLoader& load)
      : source_(source), home_(std::move(home)), load_(load) {}

  LoadedScenarios read() {
    std::vector<Node> documents = parse_yaml(source_, findings_);
    if (!findings_.has_errors()) read_root(documents);
    LoadedScenarios loaded;
    bool ok = !findings_.has_errors() && of_workspace_.empty();
    loaded.findings = findings_.take();
    loaded.findings.insert(loaded.findings.end(), of_workspace_.begin(), of_workspace_.end());
    if (!ok) return loaded;
    file_.path = source_.file();
    loaded.file = std::make_shared<const ScenarioFile>(std::move(file_));
    return loaded;
  }

 private:
  void read_root(const std::vector<Node>& documents) {
    if (documents.size() != 1 || !documents[0].is_mapping()) {
      return findings_.error(source_, 0, 1,
                             "a file of scenarios is one mapping with `scenarios` in it");
    }
    Fields fields(documents[0], "a file of scenarios",
                  {"workspace", "folder", "date", "timezone", "offset", "only", "scenarios"},
                  findings_);
    load_workspace(fields);
    if (!file_.workspace) return;
    read_zone(fields);
    if (const Node* only = fields.find("only")) only_ = read_campaigns(*only);
    const Node* scenarios = fields.require("scenarios");
    if (scenarios == nullptr) return;
    if (!scenarios->is_sequence() || scenarios->items.empty()) {
      return findings_.error(*scenarios, "`scenarios` is a list of at least one scenario");
    }
    for (const Node& node : scenarios->items) read_scenario(node);
  }

  // ---- the workspace ----

  void load_workspace(const Fields& fields) {
    const Node* text = fields.find("workspace");
    const Node* folder = fields.find("folder");
    if (text != nullptr && folder != nullptr) {
      return findings_.error(fields.key_node("folder"),
                             "a file has either `workspace`, a text, or `folder`, not both");
    }
    if (text != nullptr) {
      if (auto read = read_text(*text, "`workspace`", findings_)) load_inline(*text);
      return;
    }
    std::string where = home_;
    if (folder != nullptr) {
      auto read = read_text(*folder, "`folder`", findings_);
      if (!read) return;
      where = (fs::path(source_.file()).parent_path() / *read).lexically_normal().string();
    }
    if (where.empty()) {
      return findings_.error(
          source_, 0, 1,
          "which workspace? Put the file into the folder `tests` of one, or name it with `folder`");
    }
    Result<LoadedWorkspace> loaded = load_(where);
    if (!loaded) return findings_.error(folder ? *folder : fields.node(), loaded.error().message);
    file_.workspace = loaded->workspace;
    if (file_.workspace) return;
    for (Finding& finding : loaded->findings) {
      if (finding.severity != Finding::Severity::kError) continue;
      finding.position.file = (fs::path(where) / finding.position.file).string();
      of_workspace_.push_back(std::move(finding));
    }
  }

  /// Errors are told at their places in this file.
  void load_inline(const Node& node) {
    LoadedWorkspace loaded = load_workspace_texts({{"workspace.yaml", node.text}});
    file_.workspace = loaded.workspace;
    if (loaded.workspace) return;
    report_inline(node, loaded);
  }

  void report_inline(const Node& node, const LoadedWorkspace& loaded) {
    std::vector<uint32_t> offsets = scalar_offsets(node);
    for (const Finding& finding : loaded.findings) {
      if (finding.severity != Finding::Severity::kError) continue;
      uint32_t at = offset_in(node.text, finding.position.line, finding.position.column);
      findings_.error(source_, offsets[std::min<size_t>(at, offsets.size() - 1)], finding.length,
                      finding.message, finding.suggestion);
    }
  }

  void read_zone(const Fields& fields) {
    file_.times.set_zone(file_.workspace->policy.time_zone);
    const Node* timezone = fields.find("timezone");
    const Node* offset = fields.find("offset");
    if (timezone != nullptr && offset != nullptr) {
      findings_.error(fields.key_node("offset"), "a file has either `timezone` or `offset`");
    }
    for (const Node* node : {timezone, offset}) {
      if (node == nullptr) continue;
      if (!node->is_scalar() || !file_.times.set_zone(node->text)) {
        findings_.error(*node,
                        "a time zone is a name such as Asia/Jakarta, or an offset such as "
                        "+07:00");
      }
    }
    if (const Node* date = fields.find("date")) {
      if (!date->is_scalar() || !file_.times.set_date(date->text)) {
        findings_.error(*date, "`date` is a day such as 2026-03-02");
      }
    }
  }

  // ---- scenarios ----

  void read_scenario(const Node& node) {
    Fields fields(node, "a scenario",
                  {"name", "about", "clock", "only", "steps", "triggers", "suppressed", "state",
                   "metric_errors"},
                  findings_);
    if (!fields.ok()) return;
    Scenario scenario;
    scenario.position = node.position();
    if (const Node* name = fields.require("name")) take_name(*name, scenario);
    if (const Node* clock = fields.find("clock")) {
      scenario.wall_clock = clock->text == "wall";
      if (clock->text != "wall" && clock->text != "event") {
        findings_.error(*clock, "`clock` is wall or event");
      }
    }
    previous_ = received_ = *file_.times.read("00:00", {});
    messages_ = 0;
    reloaded_.clear();
    if (const Node* steps = fields.require("steps")) {
      for (const Node& step : items_of(*steps, "`steps`")) read_step(step, scenario);
    }
    scenario.only = only_;  // after the steps: those of a reload may be named
    if (const Node* only = fields.find("only")) scenario.only = read_campaigns(*only);
    if (const Node* list = fields.find("triggers")) {
      scenario.triggers = read_outputs(*list, "triggers", kTriggerFields, scenario);
    }
    if (const Node* list = fields.find("suppressed")) {
      scenario.suppressed = read_outputs(*list, "suppressed", kSuppressedFields, scenario);
    }
    if (const Node* list = fields.find("state")) read_state(*list, scenario);
    if (const Node* list = fields.find("metric_errors")) {
      for (const Node& item : items_of(*list, "`metric_errors`")) {
        if (auto name = read_text(item, "a metric's name", findings_)) {
          scenario.metric_errors.push_back(*name);
        }
      }
    }
    file_.scenarios.push_back(std::move(scenario));
  }

  void take_name(const Node& node, Scenario& scenario) {
    auto name = read_text(node, "`name`", findings_);
    if (!name) return;
    scenario.name = *name;
    for (const Scenario& other : file_.scenarios) {
      if (other.name != *name) continue;
      findings_.error(node, "scenario " + marked(*name) + " stands here twice; first in line " +
                                std::to_string(other.position.line));
    }
  }

  const std::vector<Node>& items_of(const Node& node, const std::string& what) {
    static const std::vector<Node> kNone;
    if (node.is_sequence()) return node.items;
    findings_.error(node, what + " is a list, not " + std::string(kind_name(node.kind)));
    return kNone;
  }

  std::vector<std::string> read_campaigns(const Node& node) {
    std::vector<std::string> names;
    const Node* first = node.is_sequence() ? node.items.data() : &node;
    size_t count = node.is_sequence() ? node.items.size() : 1;
    for (size_t i = 0; i < count; ++i) {
      if (is_campaign(first[i])) names.push_back(first[i].text);
    }
    return names;
  }

  bool is_campaign(const Node& node) {
    std::vector<std::string> names;
    std::vector<std::shared_ptr<const Workspace>> all = reloaded_;
    all.push_back(file_.workspace);
    for (const auto& workspace : all) {
      for (const Campaign& campaign : workspace->campaigns) {
        if (node.is_scalar() && campaign.name == node.text) return true;
        names.push_back(campaign.name);
      }
    }
    findings_.error(node, "there is no campaign " + marked(node.text) + " in the workspace",
                    findings_.nearest(node.text, names));
    return false;
  }

  // ---- steps ----

  Timestamp read_time(const Node& node) {
    std::optional<Timestamp> time;
    if (node.is_scalar()) time = file_.times.read(node.text, previous_);
    if (time) return *time;
    findings_.error(node,
                    (node.is_scalar() ? marked(node.text) : std::string("this")) +
                        " is no time; write 10:00, 03-05 10:00, 2026-03-05T10:00:00+07:00 or, "
                        "after the step before, +30m");
    return previous_;
  }

  void read_step(const Node& node, Scenario& scenario) {
    Fields fields(node, "a step",
                  {"at", "received", "user", "anonymous", "track", "identify", "screen", "page",
                   "group", "properties", "traits", "context", "id", "clock", "wall", "restart",
                   "reload", "kill", "resume"},
                  findings_);
    if (!fields.ok()) return;
    Step step;
    step.position = node.position();
    if (fields.find("restart") != nullptr) {
      step.kind = Step::Kind::kRestart;
      step.at = previous_;
    } else if (const Node* reload = fields.find("reload")) {
      step.kind = Step::Kind::kReload;
      read_reload(*reload, step);
    } else if (const Node* kill = fields.find("kill")) {
      step.kind = Step::Kind::kKill;
      if (is_campaign(*kill)) step.campaign = kill->text;
    } else if (const Node* resume = fields.find("resume")) {
      step.kind = Step::Kind::kResume;
      if (is_campaign(*resume)) step.campaign = resume->text;
    } else if (const Node* clock = fields.find("clock")) {
      step.kind = Step::Kind::kClock;
      step.at = previous_ = read_time(*clock);
      received_ = std::max(received_, step.at);
    } else if (const Node* wall = fields.find("wall")) {
      step.kind = Step::Kind::kWall;
      step.at = previous_ = read_time(*wall);
    } else {
      read_event(fields, step);
    }
    scenario.steps.push_back(std::move(step));
  }

  /// What is expected afterwards may name campaigns of either workspace.
  void read_reload(const Node& node, Step& step) {
    auto text = read_text(node, "`reload`", findings_);
    if (!text) return;
    LoadedWorkspace loaded = load_workspace_texts({{"workspace.yaml", node.text}});
    step.workspace = loaded.workspace;
    if (!loaded.workspace) return report_inline(node, loaded);
    reloaded_.push_back(loaded.workspace);
  }

  void read_event(const Fields& fields, Step& step) {
    const Node* at = fields.require("at");
    if (at == nullptr) return;
    step.at = previous_ = read_time(*at);
    step.received = std::max(step.at, received_);
    if (const Node* received = fields.find("received")) step.received = read_time(*received);
    received_ = step.received;
    std::string& json = step.json;
    json = "{";
    read_what_happens(fields, json);
    if (fields.find("user") == nullptr && fields.find("anonymous") == nullptr) {
      findings_.error(fields.node(), "whose event is it? `user` or `anonymous` is missing");
    }
    put_text(fields, "user", "userId", json);
    put_text(fields, "anonymous", "anonymousId", json);
    ++messages_;
    const Node* id = fields.find("id");
    put("messageId",
        json_string(id != nullptr && id->is_scalar() ? id->text : "m" + std::to_string(messages_)),
        json);
    put("timestamp", json_string(format_rfc3339(step.at)), json);
    for (const char* name : {"properties", "context"}) put_mapping(fields, name, name, json);
    json += '}';
  }

  void read_what_happens(const Fields& fields, std::string& json) {
    const char* found = nullptr;
    for (const char* kind : {"track", "identify", "screen", "page", "group"}) {
      if (fields.find(kind) == nullptr) continue;
      if (found != nullptr) {
        return findings_.error(fields.key_node(kind), "a step is one event: either " +
                                                          marked(found) + " or " + marked(kind));
      }
      found = kind;
    }
    if (found == nullptr) {
      return findings_.error(fields.node(),
                             "what happens? A step has `track`, `identify`, `screen`, `page`, "
                             "`group`, `clock`, `wall`, `restart`, `reload`, `kill` or `resume`");
    }
    std::string_view kind = found;
    put("type", json_string(kind), json);
    if (kind == "track") {
      put_text(fields, found, "event", json);
    } else if (kind == "identify") {
      put_mapping(fields, found, "traits", json);
    } else {
      put_text(fields, found, kind == "group" ? "groupId" : "name", json);
    }
    if (kind == "group") put_mapping(fields, "traits", "traits", json);
  }

  static void put(std::string_view name, std::string_view value, std::string& json) {
    if (json.back() != '{') json += ',';
    json += json_string(name) + ':';
    json += value;
  }
  void put_text(const Fields& fields, const char* key, std::string_view name, std::string& json) {
    const Node* node = fields.find(key);
    if (node == nullptr) return;
    if (auto text = read_text(*node, marked(key), findings_)) put(name, json_string(*text), json);
  }
  void put_mapping(const Fields& fields, const char* key, std::string_view name,
                   std::string& json) {
    const Node* node = fields.find(key);
    if (node == nullptr) return;
    if (node->is_mapping()) return put(name, to_json(*node), json);
    findings_.error(*node, marked(key) + " is a mapping of names to values");
  }

  // ---- expectations ----

  ExpectedOutputs read_outputs(const Node& list, const std::string& what,
                               const std::vector<std::string>& known, const Scenario& scenario) {
    ExpectedOutputs expected;
    if (list.is_scalar() && list.text == "any") {
      expected.any = true;
      return expected;
    }
    for (const Node& item : items_of(list, marked(what))) {
      Fields fields(item, "what is expected under `" + what + "`", known, findings_);
      if (!fields.ok()) continue;
      check_names(fields, scenario);
      expected.outputs.push_back(read_fields(item));
    }
    return expected;
  }

  void check_names(const Fields& fields, const Scenario& scenario) {
    if (const Node* campaign = fields.find("campaign"); campaign && is_campaign(*campaign)) {
      const auto& only = scenario.only;
      if (!only.empty() && std::find(only.begin(), only.end(), campaign->text) == only.end()) {
        findings_.error(*campaign, marked(campaign->text) + " is not among those of `only`");
      }
    }
    if (const Node* channel = fields.find("channel")) read_channel(*channel, findings_);
    const Node* reason = fields.find("reason");
    if (reason == nullptr) return;
    std::vector<std::string> reasons;
    std::string list;
    for (int i = 1; i < kReasonCount; ++i) {
      reasons.emplace_back(reason_name(static_cast<Reason>(i)));
      list += (list.empty() ? "" : ", ") + reasons.back();
    }
    if (std::find(reasons.begin(), reasons.end(), reason->text) != reasons.end()) return;
    findings_.error(*reason, "unknown reason " + marked(reason->text) + "; there are " + list,
                    findings_.nearest(reason->text, reasons));
  }

  void read_state(const Node& list, Scenario& scenario) {
    std::vector<std::string> known = kStateFields;
    for (const Metric& metric : file_.workspace->metrics) known.push_back(metric.name);
    for (const auto& workspace : reloaded_) {
      for (const Metric& metric : workspace->metrics) known.push_back(metric.name);
    }
    for (const Node& item : items_of(list, "`state`")) {
      Fields fields(item, "a customer's state", known, findings_);
      if (!fields.ok()) continue;
      if (fields.find("user") == nullptr && fields.find("anonymous") == nullptr) {
        findings_.error(item, "whose state? `user` or `anonymous` is missing");
      }
      scenario.state.push_back(read_fields(item));
    }
  }

  Expectation read_fields(const Node& node) {
    static const std::vector<std::string> kTimes = {"at", "expires_at", "firstSeen", "lastSeen",
                                                    "stageSince"};
    Expectation expected;
    for (size_t i = 0; i < node.items.size(); ++i) {
      const Node& value = node.items[i];
      ExpectedField field;
      field.name = node.keys[i].text;
      bool is_time = std::find(kTimes.begin(), kTimes.end(), field.name) != kTimes.end();
      if (is_time && value.is_scalar() && !value.text.empty()) {
        field.is_time = true;
        field.text = format_rfc3339(read_time(value));
      } else if (value.is_scalar()) {
        field.text = value.text;
      } else if (value.kind != Node::Kind::kNull) {
        field.text = to_json(value);
      }
      expected.push_back(std::move(field));
    }
    return expected;
  }

  const SourceText& source_;
  std::string home_;
  const WorkspaceLoader& load_;
  Findings findings_;
  std::vector<Finding> of_workspace_;
  ScenarioFile file_;
  std::vector<std::string> only_;
  std::vector<std::shared_ptr<const Workspace>> reloaded_;  // by the scenario's steps so far
  Timestamp previous_;                                      // the step before
  Timestamp received_;                                      // the latest so far
  int messages_ = 0;
};

}  // namespace

LoadedScenarios read_scenarios(const std::string& path, std::string text, const std::string& home,
                               const WorkspaceLoader& load) {
  SourceText source(path, std::move(text));
  return FileReader(source, home, load).read();
}

}  // namespace sapa::scenarios
