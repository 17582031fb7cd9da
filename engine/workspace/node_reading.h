// Reads plain YAML values strictly: every function reports what is wrong, at its place, and then
// gives nothing. `what` names the thing in messages ("`within`").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/workspace/workspace.h"
#include "engine/workspace/yaml_tree.h"

namespace sapa {

/// A mapping with a known set of keys; others are reported when it is made.
class Fields {
 public:
  Fields(const Node& node, std::string_view what, std::vector<std::string> known,
         Findings& findings);

  /// False if the node is no mapping, which has been reported then.
  bool ok() const { return node_.is_mapping(); }
  const Node& node() const { return node_; }
  /// Null if it isn't there.
  const Node* find(std::string_view key) const { return node_.find(key); }
  /// Reports if it isn't there.
  const Node* require(std::string_view key) const;
  /// The node of the key itself, for messages about it; the key must be there.
  const Node& key_node(std::string_view key) const;

 private:
  const Node& node_;
  std::string_view what_;
  Findings& findings_;
};

/// Text that isn't empty, at most 64 KiB.
std::optional<std::string> read_text(const Node& node, std::string_view what, Findings& findings);
std::optional<bool> read_bool(const Node& node, std::string_view what, Findings& findings);
std::optional<int64_t> read_integer(const Node& node, std::string_view what, int64_t low,
                                    int64_t high, Findings& findings);
std::optional<double> read_number(const Node& node, std::string_view what, Findings& findings);
/// More than nothing and at most ten years.
std::optional<Duration> read_duration(const Node& node, std::string_view what, Findings& findings);
/// "24h", "calendar month".
std::optional<MetricWindow> read_window(const Node& node, std::string_view what,
                                        Findings& findings);
/// "1 per 24h", "2 per calendar month", "once", "3 ever".
std::optional<Limit> read_limit(const Node& node, std::string_view what, Findings& findings);
/// A name, a list of names, or `any`.
std::optional<EventSelector> read_events(const Node& node, Findings& findings);
std::optional<Channel> read_channel(const Node& node, Findings& findings);

/// [a-z][a-z0-9_]*, at most 64 long, and no word that conditions use otherwise.
bool check_name(const Node& node, std::string_view what, Findings& findings);
/// [a-z0-9][a-z0-9-]*, at most 64 long.
bool check_campaign_name(const Node& node, Findings& findings);

}  // namespace sapa
