#include "engine/cli/running_workspace.h"

#include <algorithm>
#include <chrono>

#include <spdlog/spdlog.h>

#include "engine/cli/folder_state.h"
#include "engine/cli/workspace_changes.h"
#include "engine/message/json_fields.h"
#include "engine/workspace/changes.h"
#include "engine/workspace/findings.h"

namespace sapa {
namespace {

using Outcome = ControlAnswer::Outcome;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kLookEvery = std::chrono::milliseconds(300);
constexpr Duration kSwitchPatience = seconds(5);
constexpr int kReadAttempts = 3;

int64_t ms_since(SteadyClock::time_point start) {
  using std::chrono::milliseconds;
  return std::chrono::duration_cast<milliseconds>(SteadyClock::now() - start).count();
}

void append_workers(const LiveWorkspace::Progress& progress, std::string& out) {
  JsonFields fields(out);
  fields.integer("switched", static_cast<int64_t>(progress.switched));
  fields.integer("of", static_cast<int64_t>(progress.workers));
}

}  // namespace

RunningWorkspace::RunningWorkspace(Options options, LiveWorkspace& live, CampaignSwitches& switches,
                                   Telemetry& telemetry)
    : options_(std::move(options)),
      live_(live),
      switches_(switches),
      telemetry_(telemetry),
      loaded_state_(folder_state(options_.folder)),
      seen_state_(loaded_state_),
      loaded_at_(options_.wall_clock()),
      loading_(kLookEvery, [this] { look_at_files(); }) {
  telemetry_.workspace_loaded(*live_.current().workspace, loaded_at_);
}

RunningWorkspace::~RunningWorkspace() { stop(); }

Status RunningWorkspace::start() {
  return switches_.start([this](const CampaignSwitchMap& all) { take_switches(all); });
}

void RunningWorkspace::stop() {
  loading_.stop();
  switching_.stop();
  switches_.stop();
}

// ---- reading it again --------------------------------------------------------------------------

void RunningWorkspace::reload(std::string by, Done done) {
  loading_.post([this, by = std::move(by), done = std::move(done)] { done(reload_now(by)); });
}

/// A change is acted upon when nothing more has changed for one interval, so that files which are
/// being copied are not read half-way.
void RunningWorkspace::look_at_files() {
  free_retired();
  if (!options_.watch) return;
  std::string state = folder_state(options_.folder);
  bool settled = state == std::exchange(seen_state_, state);
  if (settled && !state.empty() && state != loaded_state_) reload_now("files changed");
}

void RunningWorkspace::free_retired() {
  std::erase_if(retired_, [](const auto& workspace) { return workspace.use_count() == 1; });
}

/// Files that change while they are read are read again.
Result<LoadedWorkspace> RunningWorkspace::load() {
  for (int attempt = 1;; ++attempt) {
    loaded_state_ = folder_state(options_.folder);
    auto loaded = load_workspace(options_.folder);
    if (attempt == kReadAttempts || folder_state(options_.folder) == loaded_state_) return loaded;
  }
}

ControlAnswer RunningWorkspace::reload_now(const std::string& by) {
  auto start = SteadyClock::now();
  auto loaded = load();
  if (!loaded) return refuse(by, loaded.error().message, {});
  if (!loaded->workspace) return refuse(by, "", loaded->findings);
  std::string in_use = live_.current().workspace->fingerprint;
  if (loaded->workspace->fingerprint != in_use) {
    return use(by, std::move(loaded->workspace), ms_since(start));
  }
  spdlog::info("workspace {} read again ({}): unchanged", in_use, by);
  remember(by, "unchanged", "");
  ControlAnswer answer;
  {
    JsonFields fields(answer.json);
    fields.text("outcome", "unchanged");
    fields.text("fingerprint", in_use);
  }
  return answer;
}

ControlAnswer RunningWorkspace::refuse(const std::string& by, std::string detail,
                                       const std::vector<Finding>& findings) {
  ControlAnswer answer;
  answer.outcome = Outcome::kRefused;
  std::string first;
  for (const Finding& finding : findings) {
    if (finding.severity != Finding::Severity::kError) continue;
    if (first.empty()) first = to_string(finding);
    answer.errors.push_back({finding.position.file, finding.position.line, finding.position.column,
                             finding.message, finding.suggestion});
  }
  if (detail.empty()) {
    detail = "the workspace has " + std::to_string(answer.errors.size()) +
             (answer.errors.size() == 1 ? " error" : " errors");
  }
  std::string in_use = live_.current().workspace->fingerprint;
  spdlog::error("workspace refused ({}): {}; {} stays in use{}{}", by, detail, in_use,
                first.empty() ? "" : "\n", first);
  answer.detail = detail + "; workspace " + in_use + " stays in use.";
  remember(by, "refused", first.empty() ? detail : first.substr(0, first.find('\n')));
  return answer;
}

ControlAnswer RunningWorkspace::use(const std::string& by,
                                    std::shared_ptr<const Workspace> workspace, int64_t load_ms) {
  auto before = live_.current().workspace;
  std::vector<WorkspaceChange> changes = compare_workspaces(*before, *workspace);
  retired_.push_back(before);
  auto start = SteadyClock::now();
  uint64_t version = live_.replace(workspace);
  LiveWorkspace::Progress progress = live_.wait_until_adopted(version, kSwitchPatience);
  int64_t switch_ms = ms_since(start);
  Timestamp now = options_.wall_clock();
  {
    std::lock_guard lock(mutex_);
    loaded_at_ = now;
  }
  telemetry_.workspace_loaded(*workspace, now);
  spdlog::info(
      "workspace reloaded ({}): {} -> {}; {}; read in {} ms, {} of {} workers switched in "
      "{} ms",
      by, before->fingerprint, workspace->fingerprint, summary_of(changes), load_ms,
      progress.switched, progress.workers, switch_ms);
  remember(by, "reloaded", summary_of(changes));
  ControlAnswer answer;
  {
    JsonFields fields(answer.json);
    fields.text("outcome", "reloaded");
    fields.text("fingerprint", workspace->fingerprint);
    fields.text("before", before->fingerprint);
    fields.integer("loadMs", load_ms);
    fields.integer("switchMs", switch_ms);
    append_workers(progress, fields.key("workers"));
    append_changes(changes, fields.key("changes"));
  }
  return answer;
}

void RunningWorkspace::remember(const std::string& by, std::string outcome, std::string detail) {
  telemetry_.workspace_reload(outcome);
  std::lock_guard lock(mutex_);
  last_ = LastReload{options_.wall_clock(), by, std::move(outcome), std::move(detail)};
}

// ---- killing campaigns -------------------------------------------------------------------------

void RunningWorkspace::take_switches(const CampaignSwitchMap& switches) {
  KilledCampaigns names;
  for (const auto& [name, value] : switches) names.insert(name);
  live_.set_killed(std::move(names));
  telemetry_.set_killed_campaigns(switches.size());
  std::lock_guard lock(mutex_);
  for (const auto& [name, value] : switches) {
    if (killed_.contains(name)) continue;
    spdlog::warn("campaign {} is killed since {}{}{}", name, format_rfc3339(value.since),
                 value.note.empty() ? "" : ": ", value.note);
  }
  for (const auto& [name, value] : killed_) {
    if (!switches.contains(name)) spdlog::warn("campaign {} goes on", name);
  }
  killed_ = switches;
}

void RunningWorkspace::switch_campaign(std::string campaign, bool killed, std::string note,
                                       Done done) {
  switching_.post([this, campaign = std::move(campaign), killed, note = std::move(note),
                   done = std::move(done)] { done(switch_now(campaign, killed, note)); });
}

ControlAnswer RunningWorkspace::switch_now(const std::string& campaign, bool killed,
                                           const std::string& note) {
  ControlAnswer answer;
  auto workspace = live_.current().workspace;
  const auto& campaigns = workspace->campaigns;
  auto found = std::find_if(campaigns.begin(), campaigns.end(),
                            [&](const Campaign& each) { return each.name == campaign; });
  bool is_killed = false;
  {
    std::lock_guard lock(mutex_);
    is_killed = killed_.contains(campaign);
  }
  if (found == campaigns.end() && !is_killed) {
    std::vector<std::string> names;
    for (const Campaign& each : campaigns) names.push_back(each.name);
    std::string nearest = Findings().nearest(campaign, names);
    answer.outcome = Outcome::kUnknown;
    answer.detail = "There is no campaign `" + campaign + "` in the workspace" +
                    (nearest.empty() ? "." : "; did you mean `" + nearest + "`?");
    return answer;
  }
  CampaignSwitch value{campaign, killed, options_.wall_clock(), note};
  if (is_killed != killed) {
    if (Status kept = switches_.set(value); !kept) {
      answer.outcome = Outcome::kUnavailable;
      answer.detail = kept.error().message;
      return answer;
    }
  }
  LiveWorkspace::Progress progress = live_.wait_until_adopted(live_.version(), kSwitchPatience);
  {
    std::lock_guard lock(mutex_);
    JsonFields fields(answer.json);
    fields.text("campaign", campaign);
    fields.text("state", found != campaigns.end() ? state_of(*found) : "enabled");
    if (auto at = killed_.find(campaign); at != killed_.end()) {
      fields.time("since", at->second.since);
      fields.text_unless_empty("note", at->second.note);
    }
    append_workers(progress, fields.key("workers"));
  }
  return answer;
}

// ---- telling of it -----------------------------------------------------------------------------

std::string RunningWorkspace::state_of(const Campaign& campaign) const {
  if (killed_.contains(campaign.name)) return "killed";
  return campaign.paused ? "paused" : "enabled";
}

std::string RunningWorkspace::describe() const {
  auto workspace = live_.current().workspace;
  std::lock_guard lock(mutex_);
  std::string out;
  {
    JsonFields fields(out);
    fields.text("fingerprint", workspace->fingerprint);
    fields.time("loadedAt", loaded_at_);
    fields.text("folder", options_.folder);
    fields.boolean("watched", options_.watch);
    fields.integer("metrics", static_cast<int64_t>(workspace->metrics.size()));
    fields.integer("segments", static_cast<int64_t>(workspace->segments.size()));
    fields.integer("stages", static_cast<int64_t>(workspace->lifecycle.stages.size()));
    if (last_) {
      JsonFields last(fields.key("lastReload"));
      last.time("at", last_->at);
      last.text("by", last_->by);
      last.text("outcome", last_->outcome);
      last.text_unless_empty("detail", last_->detail);
    }
    fields.key("campaigns") += '[';
    for (const Campaign& campaign : workspace->campaigns) {
      if (campaign.index > 0) out += ',';
      JsonFields entry(out);
      entry.text("campaign", campaign.name);
      entry.text("version", campaign.version);
      entry.text("channel", channel_name(campaign.channel));
      entry.integer("priority", campaign.priority);
      entry.text("state", state_of(campaign));
      auto killed = killed_.find(campaign.name);
      if (killed == killed_.end()) continue;
      entry.time("killedSince", killed->second.since);
      entry.text_unless_empty("note", killed->second.note);
    }
    out += ']';
  }
  return out;
}

}  // namespace sapa
