// `events:` → the types of events' properties, for the checker alone: what an event really brings
// is seen when it comes. Events and properties that are not declared are dynamic.
#include <array>

#include "engine/workspace/loading.h"
#include "engine/workspace/node_reading.h"

namespace sapa {
namespace {

using expression::Type;
using expression::TypeKind;

constexpr size_t kMaxProperties = 512;
constexpr std::string_view kListOf = "list of ";

std::optional<Type> type_named(std::string_view name) {
  if (name == "any") return Type();
  if (name == "string") return Type(TypeKind::kString);
  if (name == "number") return Type::any_number();
  if (name == "int") return Type(TypeKind::kInt);
  if (name == "double") return Type(TypeKind::kDouble);
  if (name == "bool") return Type(TypeKind::kBool);
  if (name == "list") return Type::list_of(TypeKind::kDyn);
  if (name == "map") return Type::map_of(TypeKind::kString, TypeKind::kDyn);
  if (!name.starts_with(kListOf)) return std::nullopt;
  auto element = type_named(name.substr(kListOf.size()));
  if (!element) return std::nullopt;
  return Type::list_of(std::move(*element));
}

void load_event(Loading& loading, const NamedNode& named) {
  Findings& findings = loading.findings;
  const Node& node = *named.definition;
  if (named.name->text == "any" || named.name->text.empty() || named.name->text.size() > 256) {
    return findings.error(*named.name,
                          "an event is declared under its name, such as Order Completed");
  }
  if (!loading.take_name("event", *named.name)) return;
  if (!node.is_mapping() || node.keys.size() > kMaxProperties) {
    return findings.error(node,
                          "an event is declared by its properties and their types, at most 512, "
                          "such as {category: string, price: number}");
  }
  PropertyTypes& properties = loading.events[named.name->text];
  for (size_t i = 0; i < node.keys.size(); ++i) {
    const Node& type = node.items[i];
    auto known = type.is_scalar() ? type_named(type.text) : std::nullopt;
    if (!known) {
      findings.error(
          type,
          "a property's type is string, number, int, double, bool, list, map or any, or a "
          "list of one of them, such as list of string",
          type.is_scalar() ? findings.nearest(type.text, property_type_names()) : std::string());
      continue;
    }
    properties.emplace_back(node.keys[i].text, std::move(*known));
  }
}

/// Of several events: every property that one of them declares, with its type where they agree.
void merge(const PropertyTypes& more, PropertyTypes& into) {
  for (const auto& [name, type] : more) {
    auto known = std::find_if(into.begin(), into.end(), [&, &wanted = name](const auto& each) {
      return each.first == wanted;
    });
    if (known == into.end()) {
      into.emplace_back(name, type);
    } else if (!(known->second == type)) {
      known->second = Type();
    }
  }
}

}  // namespace

const std::vector<std::string>& property_type_names() {
  static const std::vector<std::string> kNames = {"string", "number", "int", "double",
                                                  "bool",   "list",   "map", "any"};
  return kNames;
}

void load_events(Loading& loading) {
  for (const NamedNode& named : loading.event_declarations) load_event(loading, named);
}

std::optional<PropertyTypes> Loading::properties_of(const EventSelector& selector) const {
  if (selector.any()) return std::nullopt;
  PropertyTypes all;
  for (const std::string& name : selector.names) {
    auto found = events.find(name);
    if (found == events.end()) return std::nullopt;
    merge(found->second, all);
  }
  return all;
}

std::shared_ptr<const Scope> Loading::scope_of_events(const std::shared_ptr<const Scope>& base,
                                                      const EventSelector& selector) {
  auto properties = properties_of(selector);
  if (!properties) return base;
  std::string how = "event";
  for (const std::string& name : selector.names) {
    how += " " + std::to_string(name.size()) + ":" + name;
  }
  return scope_from(base, how, [&](Scope& scope) { declare_properties(scope, *properties); });
}

}  // namespace sapa
