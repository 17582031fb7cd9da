// The workspace of a running engine over its life: read again when asked or when its files change,
// compiled on a thread of its own, and handed to the workers only if it has no errors; and which of
// its campaigns an operator has killed.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/cli/task_thread.h"
#include "engine/ports/campaign_switches.h"
#include "engine/ports/workspace_control.h"
#include "engine/runtime/live_workspace.h"
#include "engine/telemetry/telemetry.h"
#include "engine/workspace/loader.h"

namespace sapa {

class RunningWorkspace final : public WorkspaceControl {
 public:
  struct Options {
    std::string folder;
    bool watch = false;  ///< read it again whenever its files have changed
    std::function<Timestamp()> wall_clock;
  };

  /// The others outlive it. `live` holds the workspace as it was loaded just now.
  RunningWorkspace(Options options, LiveWorkspace& live, CampaignSwitches& switches,
                   Telemetry& telemetry);
  ~RunningWorkspace() override;

  /// Learns what is killed; before the engine works. An error where that can't be known.
  Status start();
  /// What is under way ends; what waits is dropped without an answer.
  void stop();

  /// `by` is for the log: "SIGHUP".
  void reload(std::string by, Done done);

  std::string describe() const override;
  void reload(Done done) override { reload("HTTP", std::move(done)); }
  void switch_campaign(std::string campaign, bool killed, std::string note, Done done) override;

 private:
  struct LastReload {
    Timestamp at;
    std::string by, outcome, detail;
  };

  void look_at_files();
  void free_retired();
  Result<LoadedWorkspace> load();
  ControlAnswer reload_now(const std::string& by);
  ControlAnswer refuse(const std::string& by, std::string detail,
                       const std::vector<Finding>& findings);
  ControlAnswer use(const std::string& by, std::shared_ptr<const Workspace> workspace,
                    int64_t load_ms);
  void remember(const std::string& by, std::string outcome, std::string detail);
  void take_switches(const CampaignSwitchMap& switches);
  ControlAnswer switch_now(const std::string& campaign, bool killed, const std::string& note);
  std::string state_of(const Campaign& campaign) const;

  const Options options_;
  LiveWorkspace& live_;
  CampaignSwitches& switches_;
  Telemetry& telemetry_;

  // Of the loading thread:
  std::string loaded_state_, seen_state_;  // of the folder
  /// Those that were in use: freed here, once the workers have let go of them.
  std::vector<std::shared_ptr<const Workspace>> retired_;

  mutable std::mutex mutex_;
  Timestamp loaded_at_;  // State below is protected by mutex_
  CampaignSwitchMap killed_;
  std::optional<LastReload> last_;

  TaskThread loading_;
  TaskThread switching_;  // so that a kill does not wait for a large workspace to be compiled
};

}  // namespace sapa
