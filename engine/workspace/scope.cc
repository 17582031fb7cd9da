#include "engine/workspace/scope.h"

#include "engine/workspace/variables.h"

namespace sapa {
namespace {

using expression::Type;
using expression::TypeKind;

Type any_map() { return Type::map_of(TypeKind::kString, TypeKind::kDyn); }

void declare_field(Scope& scope, std::string name, const Type& type, uint32_t slot) {
  scope.own_fields.push_back(name);
  scope.environment.declare(std::move(name), type, slot);
}

void declare_event(Scope& scope) {
  scope.environment.declare("event", any_map(), variables::kEvent);
  declare_field(scope, "event.name", TypeKind::kString, variables::kEventName);
  declare_field(scope, "event.timestamp", TypeKind::kTimestamp, variables::kEventTimestamp);
  declare_field(scope, "event.properties", any_map(), variables::kEventProperties);
  declare_field(scope, "event.context", any_map(), variables::kEventContext);
  declare_field(scope, "event.traits", any_map(), variables::kEventTraits);
}

void declare_customer(Scope& scope) {
  scope.environment.declare("customer", any_map(), variables::kCustomer);
  declare_field(scope, "customer.id", TypeKind::kString, variables::kCustomerId);
  declare_field(scope, "customer.first_seen", TypeKind::kTimestamp, variables::kCustomerFirstSeen);
  declare_field(scope, "customer.last_seen", TypeKind::kTimestamp, variables::kCustomerLastSeen);
  declare_field(scope, "customer.timezone", TypeKind::kString, variables::kCustomerTimeZone);
  declare_field(scope, "customer.locale", TypeKind::kString, variables::kCustomerLocale);
  declare_field(scope, "customer.stage", TypeKind::kString, variables::kCustomerStage);
}

void declare_metrics(Scope& scope, const std::vector<Metric>& metrics) {
  for (uint32_t i = 0; i < metrics.size(); ++i) {
    const Metric& metric = metrics[i];
    Type value_type = metric.value ? metric.value->result_type() : Type(TypeKind::kDyn);
    scope.environment.declare("metrics." + metric.name, metric_type(metric.shape, value_type),
                              variables::kMetrics + i);
  }
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

size_t skip_space(std::string_view source, size_t at) {
  while (at < source.size() && is_space(source[at])) ++at;
  return at;
}

/// Past a string that begins at `at`, raw and triple-quoted ones included.
size_t skip_string(std::string_view source, size_t at, bool raw) {
  char quote = source[at];
  std::string_view whole = source.substr(at, 3);
  size_t width = whole == std::string(3, quote) ? 3 : 1;
  for (at += width; at < source.size(); ++at) {
    if (source[at] == '\\' && !raw) {
      ++at;
    } else if (source[at] == quote && source.substr(at, width) == std::string(width, quote)) {
      return at + width;
    }
  }
  return source.size();
}

bool is_string_prefix(std::string_view name) {
  if (name.size() > 2) return false;
  for (char c : name) {
    if (c != 'r' && c != 'R' && c != 'b' && c != 'B') return false;
  }
  return true;
}

/// The chain whose first name begins at `at`.
NameChain read_chain(std::string_view source, size_t at) {
  NameChain chain;
  chain.begin = static_cast<uint32_t>(at);
  while (true) {
    size_t end = at;
    while (end < source.size() && is_name(source[end])) ++end;
    chain.parts.push_back({source.substr(at, end - at), static_cast<uint32_t>(at)});
    chain.end = static_cast<uint32_t>(end);
    size_t dot = skip_space(source, end);
    if (dot >= source.size() || source[dot] != '.') return chain;
    size_t next = dot + 1;
    if (next < source.size() && source[next] == '?') ++next;
    next = skip_space(source, next);
    if (next >= source.size() || !is_letter(source[next])) return chain;
    size_t after = next;
    while (after < source.size() && is_name(source[after])) ++after;
    size_t open = skip_space(source, after);
    if (open < source.size() && source[open] == '(') return chain;  // a method, not a member
    at = next;
  }
}

}  // namespace

Scope metric_scope() {
  Scope scope;
  declare_event(scope);
  declare_customer(scope);
  scope.forbidden = {
      {"metrics", "a metric's own expressions read only `event` and `customer`"},
      {"segments", "a metric's own expressions read only `event` and `customer`"},
      {"now", "a metric's time is that of its event: `event.timestamp`"},
  };
  return scope;
}

Scope segment_scope(const std::vector<Metric>& metrics) {
  Scope scope;
  declare_customer(scope);
  declare_metrics(scope, metrics);
  constexpr const char* kByTime =
      "by time alone only metrics with a window change, so that the engine knows when to look "
      "again; use a metric such as {latest: event.timestamp, of: any, over: 60d} and "
      "has(metrics.NAME)";
  scope.forbidden = {
      {"now", std::string("`now` is not available here: ") + kByTime},
      {"customer.last_seen", std::string("`customer.last_seen` is not available here: ") + kByTime},
      {"customer.first_seen",
       std::string("`customer.first_seen` is not available here: ") + kByTime},
      {"customer.stage",
       "`customer.stage` is not available here, since stages are found after segments; use it in "
       "the campaign's `audience`"},
      {"event",
       "`event` is not available here: a segment holds between events, too; keep what it needs "
       "in a metric such as {latest: event.properties.NAME, of: EVENT}"},
  };
  return scope;
}

void declare_segment(Scope& scope, const std::string& name, uint32_t index) {
  scope.environment.declare("segments." + name, TypeKind::kBool, variables::kSegments + index);
}

Scope campaign_scope(const Workspace& workspace, bool with_event) {
  Scope scope;
  if (with_event) declare_event(scope);
  declare_customer(scope);
  scope.environment.declare("now", TypeKind::kTimestamp, variables::kNow);
  declare_metrics(scope, workspace.metrics);
  for (uint32_t i = 0; i < workspace.segments.size(); ++i) {
    declare_segment(scope, workspace.segments[i].name, i);
  }
  if (!with_event) {
    scope.forbidden = {
        {"event",
         "there is no `event` here, since this campaign can start by time alone; keep what it "
         "needs in a metric such as {latest: event.properties.NAME, of: EVENT}"}};
  }
  return scope;
}

void declare_step(Scope& scope, const std::string& name, uint32_t index) {
  auto& environment = scope.environment;
  uint32_t base = variables::kSteps + 8 * index;
  environment.declare(name, any_map(), base + variables::kStepMessage);
  environment.declare(name + ".name", TypeKind::kString, base + variables::kStepName);
  environment.declare(name + ".timestamp", TypeKind::kTimestamp, base + variables::kStepTimestamp);
  environment.declare(name + ".properties", any_map(), base + variables::kStepProperties);
  environment.declare(name + ".context", any_map(), base + variables::kStepContext);
  environment.declare(name + ".traits", any_map(), base + variables::kStepTraits);
}

void declare_properties(Scope& scope, const PropertyTypes& properties) {
  scope.environment.declare("event.properties", Type::record_of(properties),
                            variables::kEventProperties);
  scope.event_properties.clear();
  for (const auto& [name, type] : properties) scope.event_properties.push_back(name);
}

void declare_step_properties(Scope& scope, const std::string& name, uint32_t index,
                             const PropertyTypes& properties) {
  scope.environment.declare(name + ".properties", Type::record_of(properties),
                            variables::kSteps + 8 * index + variables::kStepProperties);
}

Type metric_type(const MetricShape& shape, const Type& value_type) {
  Type type;
  switch (shape.kind) {
    case MetricKind::kCount:
      type = shape.window.kind == WindowKind::kHalfLife ? TypeKind::kDouble : TypeKind::kInt;
      break;
    case MetricKind::kDistinct:
      type = TypeKind::kInt;
      break;
    case MetricKind::kSum:
    case MetricKind::kMin:
    case MetricKind::kMax:
    case MetricKind::kAverage:
      type = TypeKind::kDouble;
      break;
    case MetricKind::kFirst:
    case MetricKind::kLatest:
      type = value_type;
      break;
  }
  return shape.by_key ? Type::map_of(TypeKind::kString, type) : type;
}

std::vector<NameChain> name_chains(std::string_view source) {
  std::vector<NameChain> chains;
  bool after_dot = false;
  for (size_t at = 0; at < source.size();) {
    char c = source[at];
    if (is_space(c)) {
      ++at;
    } else if (c == '/' && source.substr(at, 2) == "//") {
      at = std::min(source.find('\n', at), source.size());
    } else if (c == '"' || c == '\'') {
      at = skip_string(source, at, false);
      after_dot = false;
    } else if (is_letter(c)) {
      NameChain chain = read_chain(source, at);
      bool prefix = chain.parts.size() == 1 && is_string_prefix(chain.parts[0].name) &&
                    chain.end < source.size() &&
                    (source[chain.end] == '"' || source[chain.end] == '\'');
      at = chain.end;
      if (prefix) {
        bool raw = chain.parts[0].name.find_first_of("rR") != std::string_view::npos;
        at = skip_string(source, at, raw);
      } else if (!after_dot) {
        chains.push_back(std::move(chain));
      }
      after_dot = false;
    } else if (c >= '0' && c <= '9') {
      while (at < source.size() && (is_name(source[at]) || source[at] == '.')) ++at;
      after_dot = false;
    } else {
      after_dot = c == '.' || (after_dot && c == '?');
      ++at;
    }
  }
  return chains;
}

}  // namespace sapa
