// What becomes of the kept state when one workspace takes another's place: definition by
// definition, by the fingerprints that state is kept under. For `sapa check --against` and for
// reloading.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/workspace/workspace.h"

namespace sapa {

struct WorkspaceChange {
  enum class Kind : uint8_t { kPolicy, kMetric, kSegment, kStage, kCampaign };
  enum class Outcome : uint8_t { kKept, kAdded, kRemoved, kReset };
  Kind kind = Kind::kMetric;
  Outcome outcome = Outcome::kKept;
  std::string name;
  std::string why;          ///< of kept: what is different all the same; empty if nothing is
  SourcePosition position;  ///< in the new workspace; of removed: in the old one
};

/// "metric", "kept", …
std::string_view kind_name(WorkspaceChange::Kind kind);
std::string_view outcome_name(WorkspaceChange::Outcome outcome);

/// Everything that either workspace defines: metrics, segments, stages and campaigns in the new
/// one's order, what is removed at the end of each kind.
std::vector<WorkspaceChange> compare_workspaces(const Workspace& before, const Workspace& after);

/// How many of `changes` are of this kind and outcome.
size_t count_changes(const std::vector<WorkspaceChange>& changes, WorkspaceChange::Kind kind,
                     WorkspaceChange::Outcome outcome);

/// "campaigns: 1 added, 3 kept; metrics: 1 reset", for a line of the log.
std::string summary_of(const std::vector<WorkspaceChange>& changes);

}  // namespace sapa
