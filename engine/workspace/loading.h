// What the steps of loading share: the YAML sorted by kind, the names that are taken, and the
// workspace that grows. The steps run in this order, since each needs the names of those before it:
// policy, events, metrics, segments, lifecycle, campaigns.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "engine/workspace/compiler.h"
#include "engine/workspace/findings.h"
#include "engine/workspace/workspace.h"
#include "engine/workspace/yaml_tree.h"

namespace sapa {

/// A definition under its name; both nodes outlive the loading.
struct NamedNode {
  const Node* name;
  const Node* definition;
};

struct Loading {
  std::vector<NamedNode> event_declarations, metrics, segments, stages, campaigns;
  const Node* policy = nullptr;

  Findings findings;
  Compiler compiler{findings};
  Workspace workspace;

  /// Shared by all campaigns whose `when` names no steps.
  std::shared_ptr<const Scope> campaigns_with_event, campaigns_without_event;
  /// A scope that follows from `base`: made once for all campaigns that need the same. `how` says
  /// what `change` does.
  template <typename Change>
  std::shared_ptr<const Scope> scope_from(const std::shared_ptr<const Scope>& base,
                                          const std::string& how, Change change) {
    auto& known = scopes_[std::to_string(base->id) + " " + how];
    if (known == nullptr) {
      auto made = std::make_shared<Scope>(*base);
      made->id = next_scope_id_++;
      change(*made);
      known = std::move(made);
    }
    return known;
  }

  absl::flat_hash_map<std::string, PropertyTypes> events;  ///< as declared
  /// What all of these events declare together; none unless each of them is declared.
  std::optional<PropertyTypes> properties_of(const EventSelector& selector) const;
  /// `base` with what these events declare.
  std::shared_ptr<const Scope> scope_of_events(const std::shared_ptr<const Scope>& base,
                                               const EventSelector& selector);

  /// What a campaign's state and its sending history are known by, in full; see
  /// settle_fingerprints.
  struct Identity {
    uint64_t state, limit;
    const Node* name;
  };
  std::vector<Identity> identities;  ///< by the workspace's campaigns

  /// Reports a name that is taken already. `what` is "metric", "campaign", …; segments and stages
  /// share their names.
  bool take_name(std::string_view what, const Node& name);
  /// Reports two definitions whose state could not be told apart.
  void take_fingerprint(std::string_view what, Fingerprint fingerprint, const Node& name);

 private:
  absl::flat_hash_map<std::string, std::shared_ptr<const Scope>> scopes_;
  uint32_t next_scope_id_ = 3;  // 1 and 2 are those of campaigns that name no steps
  absl::flat_hash_map<std::string, const Node*> taken_;
  absl::flat_hash_map<std::string, const Node*> fingerprints_;
};

void load_policy(Loading& loading);
void load_events(Loading& loading);
const std::vector<std::string>& property_type_names();
void load_metrics(Loading& loading);
/// And the lifecycle.
void load_segments(Loading& loading);
void load_campaigns(Loading& loading);

/// Fills the campaign's `when`, and says which variables its audience and texts may use then; never
/// null.
std::shared_ptr<const Scope> load_when(Loading& loading, const Node& node, When& when);
/// The campaign's `message` and `collapse_key`.
void load_message(Loading& loading, const Node& node, const Scope& scope, MessageTemplate& message);
LocalizedText load_text(Loading& loading, const Node& node, std::string_view what,
                        const Scope& scope);
bool is_locale(std::string_view text);

/// Which indexes into metrics and segments the programs read.
struct Reads {
  std::vector<uint32_t> metrics, segments;  ///< ascending, without repeats
  bool traits = false;
};
Reads reads_of(const std::vector<const expression::Program*>& programs);
/// Every program of a campaign, its steps' included.
std::vector<const expression::Program*> programs_of(const Campaign& campaign);
/// The programs of its audience, texts and `collapse_key`.
std::vector<const expression::Program*> text_programs_of(const Campaign& campaign);
/// Fills PatternStep::captures of a kPattern campaign.
void find_captures(Campaign& campaign);
/// Refuses campaigns that together cost too much: too many that one event starts for certain.
void check_crowds(Loading& loading);
/// Marks what nothing uses, with a warning each.
void mark_unused(Loading& loading);

}  // namespace sapa
