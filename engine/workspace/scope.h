// Which variables an expression may use, by where it stands in a workspace, and why it may not use
// others. Slots and types are those of variables.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/expression/expression.h"
#include "engine/workspace/workspace.h"

namespace sapa {

struct Scope {
  expression::Environment environment;
  /// Names that stand for something elsewhere, but not here.
  struct Forbidden {
    std::string name;  ///< "event", "customer.last_seen"
    std::string why;   ///< a whole sentence without its full stop
  };
  std::vector<Forbidden> forbidden;
  /// The engine's own fields of `event` and `customer`, by their full names.
  std::vector<std::string> own_fields;
  /// The properties that the event at hand declares; empty if it declares none.
  std::vector<std::string> event_properties;
  /// Of a scope that several campaigns share: programs and scopes that follow from it are kept
  /// under this. 0: of none.
  uint32_t id = 0;
};

/// Of a metric's own expressions: `event` and `customer`.
Scope metric_scope();
/// Of segments' and stages' conditions: metrics and `customer`; earlier segments are declared as
/// they come.
Scope segment_scope(const std::vector<Metric>& metrics);
void declare_segment(Scope& scope, const std::string& name, uint32_t index);
/// Of a campaign's conditions and texts. Without an event at hand `event` is forbidden.
Scope campaign_scope(const Workspace& workspace, bool with_event);
/// The types of properties, as `events:` declares them.
using PropertyTypes = std::vector<std::pair<std::string, expression::Type>>;
/// Of the event at hand.
void declare_properties(Scope& scope, const PropertyTypes& properties);
/// Of a pattern's step, after declare_step.
void declare_step_properties(Scope& scope, const std::string& name, uint32_t index,
                             const PropertyTypes& properties);
/// A pattern's step by its name.
void declare_step(Scope& scope, const std::string& name, uint32_t index);

/// What `metrics.NAME` is in conditions, `by` included. `value_type` is that of the metric's value
/// expression.
expression::Type metric_type(const MetricShape& shape, const expression::Type& value_type);

/// A chain of names in an expression: `event.properties.price`; members after calls and brackets
/// are not part of it.
struct NameChain {
  struct Part {
    std::string_view name;
    uint32_t offset;
  };
  std::vector<Part> parts;
  uint32_t begin = 0, end = 0;
};
/// Every chain outside of strings and comments, in order.
std::vector<NameChain> name_chains(std::string_view source);

}  // namespace sapa
