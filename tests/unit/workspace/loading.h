// Workspaces from text for tests.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "engine/workspace/loader.h"

namespace sapa {

inline std::string all_of(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) out += to_string(finding) + "\n";
  return out;
}

/// The workspace of one file that must be without errors.
inline std::shared_ptr<const Workspace> load(const std::string& text) {
  LoadedWorkspace loaded = load_workspace_texts({{"test.yaml", text}});
  if (loaded.workspace == nullptr) {
    ADD_FAILURE() << all_of(loaded.findings);
    return std::make_shared<Workspace>();
  }
  return loaded.workspace;
}

inline uint32_t index_of_metric(const Workspace& workspace, const std::string& name) {
  for (uint32_t i = 0; i < workspace.metrics.size(); ++i) {
    if (workspace.metrics[i].name == name) return i;
  }
  ADD_FAILURE() << "no metric " << name;
  return 0;
}

inline const Campaign& campaign(const Workspace& workspace, const std::string& name) {
  for (const Campaign& each : workspace.campaigns) {
    if (each.name == name) return each;
  }
  ADD_FAILURE() << "no campaign " << name;
  static const Campaign kNone;
  return kNone;
}

/// The names of campaigns, in the order of their indexes here.
inline std::vector<std::string> names_of(const Workspace& workspace,
                                         const std::vector<uint32_t>& campaigns) {
  std::vector<std::string> names;
  for (uint32_t index : campaigns) names.push_back(workspace.campaigns[index].name);
  return names;
}

/// The names of the campaigns in a condition index, by rank.
inline std::vector<std::string> names_of(const Workspace& workspace, const ConditionIndex& index) {
  std::vector<uint32_t> ranks;
  for (const auto& unit : index.units()) {
    ranks.insert(ranks.end(), index.numbers(unit), index.numbers(unit) + unit.count);
  }
  std::sort(ranks.begin(), ranks.end());
  std::vector<std::string> names;
  for (uint32_t rank : ranks) names.push_back(workspace.at_rank(rank).name);
  return names;
}

}  // namespace sapa
