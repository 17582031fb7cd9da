#include "engine/workspace/changes.h"

#include <algorithm>
#include <set>

#include <absl/container/flat_hash_map.h>

#include "engine/base/hash.h"
#include "engine/workspace/loading.h"

namespace sapa {
namespace {

using Subject = WorkspaceChange::Kind;
using Outcome = WorkspaceChange::Outcome;

template <typename Definition>
using ByName = absl::flat_hash_map<std::string, const Definition*>;

template <typename Definition>
ByName<Definition> by_name(const std::vector<Definition>& definitions) {
  ByName<Definition> index;
  for (const Definition& definition : definitions) index.emplace(definition.name, &definition);
  return index;
}

template <typename Definition>
const Definition* find(const ByName<Definition>& index, const std::string& name) {
  auto at = index.find(name);
  return at == index.end() ? nullptr : at->second;
}

void append(std::string_view part, std::string& text) {
  if (part.empty()) return;
  if (!text.empty()) text += "; ";
  text += part;
}

std::string window_text(const MetricWindow& window) {
  switch (window.kind) {
    case WindowKind::kForever:
      return "for ever";
    case WindowKind::kSliding:
      return "over " + format_duration(window.length);
    case WindowKind::kHalfLife:
      return "with a half-life of " + format_duration(window.length);
    case WindowKind::kCalendar:
      return "over a calendar " + std::string(calendar_unit_name(window.unit));
  }
  return "";
}

std::set<std::string> names_of(const EventSelector& events) {
  return {events.names.begin(), events.names.end()};
}

std::string why_reset(const Metric& before, const Metric& after) {
  std::string why;
  if (before.shape.kind != after.shape.kind) append("it keeps something else", why);
  if (names_of(before.events) != names_of(after.events)) append("its events changed", why);
  if (!(before.shape.window == after.shape.window)) {
    append("it counted " + window_text(before.shape.window) + ", now " +
               window_text(after.shape.window),
           why);
  }
  if (before.shape.by_key != after.shape.by_key) {
    append(after.shape.by_key ? "it is by a key now" : "it is no longer by a key", why);
  }
  append(why.empty() ? "its value, condition or key changed" : "", why);
  return why + "; it starts anew";
}

std::string why_kept_but_different(const Metric& before, const Metric& after) {
  if (before.used && !after.used) return "nothing reads it any more, so it counts no further";
  if (before.shape == after.shape) return "";
  return "its bounds changed";
}

class Comparison {
 public:
  Comparison(const Workspace& before, const Workspace& after) : before_(before), after_(after) {}

  std::vector<WorkspaceChange> run() {
    compare_policy();
    compare_metrics();
    compare_segments();
    compare_stages();
    compare_campaigns();
    return std::move(changes_);
  }

 private:
  void add(Subject kind, Outcome outcome, const std::string& name, std::string why,
           const SourcePosition& position) {
    changes_.push_back({kind, outcome, name, std::move(why), position});
  }

  template <typename Definition>
  void add_removed(Subject kind, const std::vector<Definition>& before,
                   const std::vector<Definition>& after, const std::string& why) {
    ByName<Definition> index = by_name(after);
    for (const Definition& definition : before) {
      if (find(index, definition.name) != nullptr) continue;
      add(kind, Outcome::kRemoved, definition.name, why, definition.position);
    }
  }

  void compare_policy() {
    const Policy& a = before_.policy;
    const Policy& b = after_.policy;
    std::string why;
    if (a.time_zone_name != b.time_zone_name) {
      append("the time zone was " + a.time_zone_name + ", now " + b.time_zone_name +
                 ": calendar windows begin at other moments",
             why);
    }
    if (a.locale != b.locale) append("the locale was " + a.locale + ", now " + b.locale, why);
    auto same_cap = [](const FrequencyCap& x, const FrequencyCap& y) {
      return x.limit.count == y.limit.count && x.limit.window == y.limit.window &&
             x.channels == y.channels;
    };
    if (!std::equal(a.caps.begin(), a.caps.end(), b.caps.begin(), b.caps.end(), same_cap)) {
      append("the frequency caps changed; what has been sent counts on", why);
    }
    if (a.deduplicate_within != b.deduplicate_within ||
        a.deduplicate_at_most != b.deduplicate_at_most) {
      append("deduplication changed; the ids already seen are kept", why);
    }
    add(Subject::kPolicy, Outcome::kKept, "policy", why, {});
  }

  void compare_metrics() {
    ByName<Metric> index = by_name(before_.metrics);
    for (const Metric& metric : after_.metrics) {
      const Metric* old = find(index, metric.name);
      if (old == nullptr) {
        add(Subject::kMetric, Outcome::kAdded, metric.name, "it counts from now on",
            metric.position);
      } else if (old->fingerprint != metric.fingerprint) {
        reset_.insert("metric `" + metric.name + "`");
        add(Subject::kMetric, Outcome::kReset, metric.name, why_reset(*old, metric),
            metric.position);
      } else if (!old->used && metric.used) {
        add(Subject::kMetric, Outcome::kAdded, metric.name,
            "nothing read it before, so it counts only from now on", metric.position);
      } else {
        add(Subject::kMetric, Outcome::kKept, metric.name, why_kept_but_different(*old, metric),
            metric.position);
      }
    }
    add_removed(Subject::kMetric, before_.metrics, after_.metrics, "its numbers are forgotten");
  }

  /// "it reads metric `orders`, which starts anew", or nothing.
  std::string reads_reset(const std::vector<uint32_t>& metrics,
                          const std::vector<uint32_t>& segments) const {
    std::string names;
    auto note = [&](const std::string& what) {
      if (reset_.contains(what)) names += (names.empty() ? "" : ", ") + what;
    };
    for (uint32_t i : metrics) note("metric `" + after_.metrics[i].name + "`");
    for (uint32_t i : segments) note("segment `" + after_.segments[i].name + "`");
    return names.empty() ? "" : "it reads " + names + ", which starts anew";
  }

  void compare_segments() {
    ByName<Segment> index = by_name(before_.segments);
    for (const Segment& segment : after_.segments) {
      const Segment* old = find(index, segment.name);
      std::string reads = reads_reset(segment.metrics, segment.segments);
      if (old == nullptr) {
        add(Subject::kSegment, Outcome::kAdded, segment.name,
            "customers enter it when something next touches what it reads", segment.position);
      } else if (old->fingerprint != segment.fingerprint) {
        reset_.insert("segment `" + segment.name + "`");
        add(Subject::kSegment, Outcome::kReset, segment.name,
            "its condition changed; all have left it unnoticed, and enter it anew",
            segment.position);
      } else {
        add(Subject::kSegment, Outcome::kKept, segment.name, reads, segment.position);
      }
    }
    add_removed(Subject::kSegment, before_.segments, after_.segments, "its members are forgotten");
  }

  void compare_stages() {
    const auto& before = before_.lifecycle.stages;
    const auto& after = after_.lifecycle.stages;
    ByName<LifecycleStage> index = by_name(before);
    std::string reads = reads_reset(after_.lifecycle.metrics, after_.lifecycle.segments);
    for (const LifecycleStage& stage : after) {
      const LifecycleStage* old = find(index, stage.name);
      if (old == nullptr) {
        add(Subject::kStage, Outcome::kAdded, stage.name, "", stage.position);
      } else if (old->fingerprint != stage.fingerprint) {
        add(Subject::kStage, Outcome::kReset, stage.name,
            "its condition changed; those in it are in none until the lifecycle is next evaluated, "
            "and enter a stage then",
            stage.position);
      } else {
        add(Subject::kStage, Outcome::kKept, stage.name, reads, stage.position);
      }
    }
    add_removed(Subject::kStage, before, after,
                "those in it are in none until it is next evaluated");
  }

  static bool keeps_state(const When& when) { return when.kind != WhenKind::kEvent; }

  void compare_campaigns() {
    ByName<Campaign> index = by_name(before_.campaigns);
    for (const Campaign& campaign : after_.campaigns) {
      const Campaign* old = find(index, campaign.name);
      if (old == nullptr) {
        add(Subject::kCampaign, Outcome::kAdded, campaign.name, "", campaign.position);
      } else if (old->fingerprint != campaign.fingerprint && keeps_state(old->when)) {
        add(Subject::kCampaign, Outcome::kReset, campaign.name,
            "its `when` changed; what is under way and its timers are forgotten, what has been "
            "sent counts on",
            campaign.position);
      } else {
        add(Subject::kCampaign, Outcome::kKept, campaign.name, why_different(*old, campaign),
            campaign.position);
      }
    }
    add_removed(Subject::kCampaign, before_.campaigns, after_.campaigns,
                "what is under way and its timers are forgotten");
  }

  std::string why_different(const Campaign& before, const Campaign& after) const {
    std::string why;
    if (before.paused != after.paused) {
      append(after.paused ? "it is paused now" : "it is no longer paused", why);
    } else if (before.version != after.version) {
      append("edited: version " + before.version + " becomes " + after.version, why);
    }
    if (reset_.empty()) return why;
    Reads reads = reads_of(programs_of(after));
    if (after.when.kind == WhenKind::kReaches) reads.metrics.push_back(after.when.metric);
    bool on_segment = after.when.kind == WhenKind::kEnters || after.when.kind == WhenKind::kLeaves;
    if (on_segment && !after.when.is_stage) reads.segments.push_back(after.when.segment);
    std::sort(reads.metrics.begin(), reads.metrics.end());
    reads.metrics.erase(std::unique(reads.metrics.begin(), reads.metrics.end()),
                        reads.metrics.end());
    append(reads_reset(reads.metrics, reads.segments), why);
    return why;
  }

  const Workspace& before_;
  const Workspace& after_;
  std::set<std::string> reset_;  // "metric `a`"
  std::vector<WorkspaceChange> changes_;
};

}  // namespace

std::string_view kind_name(Subject kind) {
  switch (kind) {
    case Subject::kPolicy:
      return "policy";
    case Subject::kMetric:
      return "metric";
    case Subject::kSegment:
      return "segment";
    case Subject::kStage:
      return "stage";
    case Subject::kCampaign:
      return "campaign";
  }
  return "";
}

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kKept:
      return "kept";
    case Outcome::kAdded:
      return "added";
    case Outcome::kRemoved:
      return "removed";
    case Outcome::kReset:
      return "reset";
  }
  return "";
}

std::vector<WorkspaceChange> compare_workspaces(const Workspace& before, const Workspace& after) {
  return Comparison(before, after).run();
}

size_t count_changes(const std::vector<WorkspaceChange>& changes, Subject kind, Outcome outcome) {
  return static_cast<size_t>(
      std::count_if(changes.begin(), changes.end(), [&](const WorkspaceChange& change) {
        return change.kind == kind && change.outcome == outcome;
      }));
}

std::string summary_of(const std::vector<WorkspaceChange>& changes) {
  std::string text;
  for (Subject kind : {Subject::kCampaign, Subject::kMetric, Subject::kSegment, Subject::kStage}) {
    std::string part;
    for (Outcome outcome : {Outcome::kAdded, Outcome::kRemoved, Outcome::kReset, Outcome::kKept}) {
      size_t count = count_changes(changes, kind, outcome);
      if (count == 0) continue;
      part += (part.empty() ? "" : ", ") + std::to_string(count) + " " +
              std::string(outcome_name(outcome));
    }
    if (part.empty()) continue;
    text += (text.empty() ? "" : "; ") + std::string(kind_name(kind)) + "s: " + part;
  }
  return text;
}

}  // namespace sapa
