// `when:` → When: what starts a campaign. The form is told by its first word: event, sequence,
// nothing, reaches, enters or leaves.
#include <algorithm>
#include <array>

#include "engine/workspace/loading.h"
#include "engine/workspace/node_reading.h"

namespace sapa {
namespace {

constexpr size_t kMaxSteps = 16;
constexpr int64_t kMostInstances = 256;
constexpr std::array<std::string_view, 6> kForms = {"event",   "sequence", "nothing",
                                                    "reaches", "enters",   "leaves"};

std::vector<std::string> keys_of(std::string_view form) {
  if (form == "event") return {"event", "if", "as", "without", "within", "restart", "at_most"};
  if (form == "sequence") return {"sequence", "within", "without", "at_most"};
  if (form == "nothing") return {"nothing", "for", "if"};
  if (form == "reaches") return {"reaches", "at", "if"};
  return {std::string(form), "if"};
}

std::string_view form_of(const Node& node, Findings& findings) {
  std::string_view form;
  for (std::string_view candidate : kForms) {
    if (node.find(candidate) == nullptr) continue;
    if (!form.empty()) {
      findings.error(node, "`when` is of one form: either `" + std::string(form) + "` or `" +
                               std::string(candidate) + "`");
      return "";
    }
    form = candidate;
  }
  if (form.empty()) {
    std::vector<std::string> forms(kForms.begin(), kForms.end());
    std::string nearest;
    for (const Node& key : node.keys) {
      if (nearest.empty()) nearest = findings.nearest(key.text, forms);
    }
    findings.error(node.keys.empty() ? node : node.keys[0],
                   "`when` says what starts the campaign: event, sequence, nothing, reaches, "
                   "enters or leaves",
                   nearest);
  }
  return form;
}

class WhenReader {
 public:
  WhenReader(Loading& loading, const Node& node, When& when)
      : loading_(loading),
        findings_(loading.findings),
        node_(node),
        when_(when),
        scope_(loading.campaigns_with_event) {}

  std::shared_ptr<const Scope> read() {
    if (!node_.is_mapping()) {
      findings_.error(node_, "`when` is a mapping such as {event: Order Completed}");
      return scope_;
    }
    std::string_view form = form_of(node_, findings_);
    if (form.empty()) return scope_;
    Fields fields(node_, "`when`", keys_of(form), findings_);
    if (form == "event") read_event(fields);
    if (form == "sequence") read_sequence(fields);
    if (form == "nothing") read_nothing(fields);
    if (form == "reaches") read_reaches(fields);
    if (form == "enters" || form == "leaves") read_membership(fields, form);
    // What follows speaks of the last step's event.
    bool has_event = when_.kind == WhenKind::kEvent || when_.kind == WhenKind::kPattern;
    if (!has_event || when_.steps.empty()) return scope_;
    return loading_.scope_of_events(scope_, when_.steps.back().events);
  }

 private:
  void read_event(const Fields& fields) {
    bool is_absence = fields.find("without") != nullptr;
    when_.kind = is_absence ? WhenKind::kPattern : WhenKind::kEvent;
    read_step(node_, false);
    if (is_absence) {
      read_without(fields);
      read_pattern_options(fields);
      if (const Node* restart = fields.find("restart")) {
        if (auto read = read_bool(*restart, "`restart`", findings_)) when_.restart = *read;
      }
      return;
    }
    for (std::string_view key : {"as", "within", "restart", "at_most"}) {
      if (fields.find(key) == nullptr) continue;
      findings_.error(fields.key_node(key), "`" + std::string(key) + "` goes with `without`" +
                                                (key == "restart" ? "" : " or in a `sequence`") +
                                                "; here a single event starts the campaign");
    }
  }

  void read_sequence(const Fields& fields) {
    when_.kind = WhenKind::kPattern;
    const Node& sequence = *fields.find("sequence");
    if (!sequence.is_sequence() || sequence.items.size() < 2 || sequence.items.size() > kMaxSteps) {
      findings_.error(sequence, "`sequence` is a list of 2 to 16 steps");
    } else {
      find_later_names(sequence);
      for (const Node& item : sequence.items) read_step(item, true);
    }
    if (fields.find("without") != nullptr) read_without(fields);
    read_pattern_options(fields);
  }

  void read_nothing(const Fields& fields) {
    when_.kind = WhenKind::kNothing;
    scope_ = loading_.campaigns_without_event;
    when_.steps.emplace_back();
    if (auto events = read_events(*fields.find("nothing"), findings_)) {
      when_.steps[0].events = std::move(*events);
    }
    if (const Node* how_long = fields.require("for")) {
      if (auto read = read_duration(*how_long, "`for`", findings_)) when_.within = *read;
    }
    read_condition(fields);
  }

  void read_reaches(const Fields& fields) {
    when_.kind = WhenKind::kReaches;
    if (const Node* at = fields.require("at")) {
      if (auto read = read_number(*at, "`at`", findings_)) when_.at = *read;
    }
    read_condition(fields);
    const Node& name = *fields.find("reaches");
    const auto& metrics = loading_.workspace.metrics;
    auto found = std::find_if(metrics.begin(), metrics.end(),
                              [&](const Metric& metric) { return metric.name == name.text; });
    if (!name.is_scalar() || found == metrics.end()) {
      return findings_.error(name, "unknown metric `" + name.text + "`",
                             findings_.nearest(name.text, loading_.compiler.metric_names));
    }
    when_.metric = static_cast<uint32_t>(found - metrics.begin());
    if (found->shape.by_key) {
      findings_.error(
          name, "metric `" + name.text + "` has a value per key; `reaches` needs one without `by`");
    } else if (found->shape.kind == MetricKind::kFirst ||
               found->shape.kind == MetricKind::kLatest) {
      findings_.error(name,
                      "`reaches` needs a metric that is a number: count, sum, min, max, "
                      "average or distinct");
    }
  }

  void read_membership(const Fields& fields, std::string_view form) {
    when_.kind = form == "enters" ? WhenKind::kEnters : WhenKind::kLeaves;
    scope_ = loading_.campaigns_without_event;
    read_condition(fields);
    const Node& name = *fields.find(form);
    const auto& segments = loading_.workspace.segments;
    const auto& stages = loading_.workspace.lifecycle.stages;
    for (uint32_t i = 0; i < segments.size(); ++i) {
      if (segments[i].name == name.text) return set_membership(false, i);
    }
    for (uint32_t i = 0; i < stages.size(); ++i) {
      if (stages[i].name == name.text) return set_membership(true, i);
    }
    std::vector<std::string> names;
    for (const Segment& segment : segments) names.push_back(segment.name);
    for (const LifecycleStage& stage : stages) names.push_back(stage.name);
    findings_.error(name, "unknown segment or stage `" + name.text + "`",
                    findings_.nearest(name.text, names));
  }

  void set_membership(bool is_stage, uint32_t index) {
    when_.is_stage = is_stage;
    when_.segment = index;
  }

  void read_condition(const Fields& fields) {
    if (const Node* condition = fields.find("if")) {
      when_.condition = loading_.compiler.condition(*condition, "`if`", *scope_);
    }
  }

  /// A step of a pattern, or the one event of kEvent. Its name is known to what follows it.
  void read_step(const Node& node, bool in_sequence) {
    PatternStep step;
    const Node* events = &node;
    const Node* name = nullptr;
    if (!in_sequence) {
      events = node.find("event");
      name = when_.kind == WhenKind::kPattern ? node.find("as") : nullptr;
    } else if (node.is_mapping()) {
      Fields fields(node, "a step", {"event", "if", "as"}, findings_);
      events = fields.require("event");
      name = node.find("as");
    }
    if (events != nullptr) {
      if (auto read = read_events(*events, findings_)) step.events = std::move(*read);
    }
    auto index = static_cast<uint32_t>(when_.steps.size());
    if (const Node* condition = node.find("if")) {
      auto scope = in_sequence ? step_scope() : scope_;
      step.condition = loading_.compiler.condition(*condition, "`if`",
                                                   *loading_.scope_of_events(scope, step.events));
    }
    if (name != nullptr && check_name(*name, "a step", findings_)) {
      bool taken = std::any_of(when_.steps.begin(), when_.steps.end(),
                               [&](const PatternStep& s) { return s.name == name->text; });
      if (taken) {
        findings_.error(*name, "another step is called `" + name->text + "` already");
      } else {
        step.name = name->text;
        declare_name(step.name, index, step.events);
      }
    }
    when_.steps.push_back(std::move(step));
  }

  void declare_name(const std::string& name, uint32_t index, const EventSelector& events) {
    auto properties = loading_.properties_of(events);
    std::string how = "as " + std::to_string(index) + " " + name;
    for (const std::string& event : events.names) {
      if (properties) how += " " + std::to_string(event.size()) + ":" + event;
    }
    scope_ = loading_.scope_from(scope_, how, [&](Scope& scope) {
      declare_step(scope, name, index);
      if (properties) declare_step_properties(scope, name, index, *properties);
    });
  }

  /// Names of steps, for telling authors who use them too early.
  void find_later_names(const Node& sequence) {
    for (const Node& item : sequence.items) {
      const Node* name = item.is_mapping() ? item.find("as") : nullptr;
      later_names_.push_back(name == nullptr ? std::string() : name->text);
    }
  }
  /// Of a step's condition: names of this and later steps stand for nothing yet.
  std::shared_ptr<const Scope> step_scope() {
    std::string how = "before";
    for (size_t i = when_.steps.size(); i < later_names_.size(); ++i) {
      how += " " + std::to_string(later_names_[i].size()) + ":" + later_names_[i];
    }
    return loading_.scope_from(scope_, how, [&](Scope& scope) { forbid_later_names(scope); });
  }
  void forbid_later_names(Scope& scope) const {
    for (size_t i = when_.steps.size(); i < later_names_.size(); ++i) {
      const std::string& name = later_names_[i];
      if (name.empty() || scope.environment.find(name) != nullptr) continue;
      bool own = i == when_.steps.size();
      scope.forbidden.push_back(
          {name, own ? "step `" + name + "` is this event itself; write `event` here"
                     : "step `" + name + "` comes later, so nothing is known of it here"});
    }
  }

  void read_without(const Fields& fields) {
    const Node& node = *fields.find("without");
    PatternStep without;
    const Node* events = &node;
    if (node.is_mapping()) {
      Fields keys(node, "`without`", {"event", "if"}, findings_);
      events = keys.require("event");
    }
    if (events != nullptr) {
      if (auto read = read_events(*events, findings_)) without.events = std::move(*read);
    }
    if (const Node* condition = node.is_mapping() ? node.find("if") : nullptr) {
      without.condition = loading_.compiler.condition(
          *condition, "`if`", *loading_.scope_of_events(scope_, without.events));
    }
    when_.without = std::move(without);
  }

  void read_pattern_options(const Fields& fields) {
    if (const Node* within = fields.require("within")) {
      if (auto read = read_duration(*within, "`within`", findings_)) when_.within = *read;
    }
    if (const Node* at_most = fields.find("at_most")) {
      auto read = read_integer(*at_most, "`at_most`", 1, kMostInstances, findings_);
      if (read) when_.max_instances = static_cast<uint32_t>(*read);
    }
  }

  Loading& loading_;
  Findings& findings_;
  const Node& node_;
  When& when_;
  std::shared_ptr<const Scope> scope_;
  std::vector<std::string> later_names_;
};

}  // namespace

std::shared_ptr<const Scope> load_when(Loading& loading, const Node& node, When& when) {
  return WhenReader(loading, node, when).read();
}

}  // namespace sapa
