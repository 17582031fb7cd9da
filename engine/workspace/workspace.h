// A workspace after loading: checked, compiled, indexed, immutable. Shards share one snapshot and
// swap it whole. The expressions take their variables by the slots in variables.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include "engine/base/hash.h"
#include "engine/base/time.h"
#include "engine/base/time_zone.h"
#include "engine/customer/metric_shape.h"
#include "engine/expression/expression.h"
#include "engine/message/trigger.h"
#include "engine/workspace/condition_index.h"

namespace sapa {

/// Where something stands in the workspace's files; lines and columns count from 1.
struct SourcePosition {
  std::string file;  ///< relative to the workspace's folder
  uint32_t line = 0;
  uint32_t column = 0;
};

/// Of everything that keeps state: a hash of what defines that state (not of names' order or of
/// texts), so that state is kept as long as its definition stays. Zero is never used.
using Fingerprint = uint32_t;

/// Which events something listens to.
struct EventSelector {
  std::vector<std::string> names;  ///< any of these; empty: every event
  bool any() const { return names.empty(); }
  bool matches(std::string_view name) const;
};

struct Metric {
  std::string name;
  Fingerprint fingerprint = 0;
  MetricShape shape;
  EventSelector events;
  ProgramPtr condition;  ///< null: always; over `event` and `customer`
  ProgramPtr value;      ///< null for kCount
  ProgramPtr key;  ///< null unless shape.by_key; a result that is no string is turned into one
  bool value_is_event_time = false;  ///< the value is just event.timestamp
  bool used = true;  ///< false: nothing reads it, so it is not in the index and not kept
  SourcePosition position;
};

/// A condition that a customer fulfils or not. `enter` and `leave` may differ (a tier that is kept
/// once reached has no leave).
struct Segment {
  std::string name;
  Fingerprint fingerprint = 0;
  ProgramPtr enter;  ///< over metrics, customer, earlier segments
  ProgramPtr leave;  ///< null and !sticky: leaves when `enter` is no longer true
  bool sticky = false;
  std::vector<uint32_t>
      metrics;  ///< indexes of the metrics it reads, for what changes by time alone
  std::vector<uint32_t> segments;  ///< indexes of the (earlier) segments it reads
  bool reads_traits = false;
  bool used = true;  ///< false: nothing reads it, so it is not in the index and not kept
  SourcePosition position;
};

/// Stages of which a customer is in exactly one, or none: the first whose condition is true. Stages
/// are stored as segments too.
struct LifecycleStage {
  std::string name;
  Fingerprint fingerprint = 0;
  ProgramPtr condition;
  SourcePosition position;
};

struct Lifecycle {
  std::string name;
  std::vector<LifecycleStage> stages;
  std::vector<uint32_t> metrics;
  std::vector<uint32_t> segments;
  bool reads_traits = false;
};

/// At most `count` within a window; windows may be sliding, calendar or for ever.
struct Limit {
  uint32_t count = 0;
  MetricWindow window;
};

/// A cap over all campaigns, or those of some channels (empty: all).
struct FrequencyCap {
  Limit limit;
  std::vector<Channel> channels;
  bool covers(Channel channel) const;
};

/// Literal text and expressions in turn: literals[0] expressions[0] literals[1] … literals[n].
struct TextTemplate {
  std::vector<std::string> literals;
  std::vector<ProgramPtr> expressions;
  bool empty() const { return expressions.empty() && (literals.empty() || literals[0].empty()); }
};

/// One text in one or more locales; the first is the fallback. Locale "" where only one was given.
struct LocalizedText {
  std::vector<std::pair<std::string, TextTemplate>> by_locale;
  bool empty() const { return by_locale.empty(); }
};

struct MessageTemplate {
  LocalizedText title, body, image, link;
  struct Button {
    LocalizedText label, link;
  };
  std::vector<Button> buttons;
  std::vector<std::pair<std::string, LocalizedText>> data;
};

struct PatternStep {
  std::string name;  ///< under which later steps and texts speak of it ("" if none)
  EventSelector events;
  ProgramPtr condition;  ///< null: always
  /// What later conditions and texts read of this step's event: paths into the message
  /// ({"properties", "name"}), in order.
  std::vector<std::vector<std::string>> captures;
};

enum class WhenKind : uint8_t {
  kEvent,    ///< one step
  kPattern,  ///< several steps in order, or an absence, within a time
  kNothing,  ///< no such event for a time
  kReaches,  ///< a metric reaches a value, once per window
  kEnters,   ///< a segment or stage is entered
  kLeaves,   ///< … or left
};

struct When {
  WhenKind kind = WhenKind::kEvent;
  std::vector<PatternStep>
      steps;  ///< kEvent: 1; kPattern: 1 or more; kNothing: 1 (what must not happen)
  std::optional<PatternStep> without;  ///< kPattern: fires when this has not come by the deadline
  Duration within;       ///< kPattern: from the first step's event; kNothing: how long
  bool restart = false;  ///< kPattern with one step and `without`: each first step begins anew
  uint32_t max_instances =
      16;  ///< kPattern: at most so many under way per customer; beyond, the oldest goes
  uint32_t metric = 0;    ///< kReaches
  double at = 0;          ///< kReaches
  bool is_stage = false;  ///< kEnters, kLeaves: a lifecycle's stage, else a segment
  uint32_t segment = 0;   ///< index into segments or the lifecycle's stages
  ProgramPtr condition;   ///< kReaches, kEnters, kLeaves, kNothing: at that moment; null: always
};

struct Campaign {
  std::string name;
  std::string version;                ///< of everything in its definition, 8 hex digits
  Fingerprint fingerprint = 0;        ///< of its state: name and `when`
  Fingerprint limit_fingerprint = 0;  ///< of its sending history: its name
  uint32_t index = 0;                 ///< in Workspace::campaigns
  uint32_t rank = 0;                  ///< in the order of priority, equal ones in file order
  Channel channel = Channel::kPopup;
  int32_t priority = 0;  ///< higher is considered first; equal ones in file order
  bool paused = false;
  When when;
  ProgramPtr audience;  ///< null: everybody
  std::vector<Limit> limits;
  std::optional<Duration> expires;  ///< none: never
  LocalizedText collapse_key;
  MessageTemplate message;
  SourcePosition position;
};

/// The campaigns that an event can concern. Numbers in indexes are ranks.
struct CampaignPlan {
  ConditionIndex starts;           ///< kEvent campaigns
  ConditionIndex first_steps;      ///< kPattern campaigns that it may begin
  bool any_step = false;           ///< it is any step of a kPattern campaign
  bool any_absence = false;        ///< … or its `without`
  std::vector<uint32_t> silences;  ///< kNothing campaigns which this puts off; by rank
};

/// What an event can concern, by its name.
struct EventPlan {
  std::vector<uint32_t> metrics;   ///< to update
  std::vector<uint32_t> segments;  ///< to evaluate afterwards: those that read these metrics
  bool evaluate_lifecycle = false;
  std::vector<uint32_t> reached_metrics;  ///< of `metrics` those whose value starts campaigns
  CampaignPlan campaigns;                 ///< that name the event; others are in `any_event`
};

/// A campaign that starts when a metric reaches a value.
struct Reach {
  double at;
  uint32_t rank;
};

struct Policy {
  std::string time_zone_name = "UTC";
  TimeZone time_zone;
  std::string locale = "en";
  std::vector<FrequencyCap> caps;
  Duration deduplicate_within = hours(24);
  uint32_t deduplicate_at_most = 64;
};

class Workspace {
 public:
  Policy policy;
  std::vector<Metric> metrics;
  std::vector<Segment> segments;
  Lifecycle lifecycle;  ///< without stages if there is none
  std::vector<Campaign> campaigns;
  /// How long a sent trigger must be remembered for caps and sliding or calendar limits.
  Duration send_history;
  std::string fingerprint;  ///< of the whole workspace, 16 hex digits

  const EventPlan& plan(std::string_view event_name) const;
  const Campaign& at_rank(uint32_t rank) const { return campaigns[by_rank_[rank]]; }
  /// Null if no campaign keeps state under this.
  const Campaign* campaign_of(Fingerprint state) const;
  /// Whether a limit for ever counts what was sent under this.
  bool counts_for_ever(Fingerprint limit_fingerprint) const {
    return counted_for_ever_.contains(limit_fingerprint);
  }
  /// kReaches campaigns of a metric, by value.
  const std::vector<Reach>& reaches(uint32_t metric) const { return reaches_[metric]; }
  /// kEnters or kLeaves campaigns; null if there are none.
  const ConditionIndex* on_transition(bool is_stage, uint32_t index, bool entered) const;
  /// kNothing campaigns, by rank.
  const std::vector<uint32_t>& silences() const { return silences_; }
  /// What the indexes look up.
  const LookupTable& lookups() const { return lookups_; }
  /// For identify events and others that change traits: segments that read traits.
  std::vector<uint32_t> trait_segments;
  bool lifecycle_reads_traits = false;
  /// What concerns every event, whatever its name. Of metrics and segments it is part of every
  /// plan; of campaigns it is not.
  EventPlan any_event;

  /// Fills the index from the definitions; the loader's last step.
  void build_index();

  /// So many campaigns may at most be candidates of one event or transition for certain.
  static constexpr uint64_t kMostCandidates = 10'000;
  /// A place where they may be more: what causes it, how many, and the lowest in rank of them.
  struct Crowd {
    std::string cause;  ///< "event `Product Viewed`"
    uint64_t campaigns;
    uint32_t lowest;
  };
  std::vector<Crowd> crowds() const;

 private:
  void index_definitions();
  void index_campaigns();
  void add_campaign(const Campaign& campaign);
  void build_conditions();
  template <typename Visit>
  void each_plan(const std::vector<std::string>& names, Visit visit);
  struct NameHash {
    using is_transparent = void;
    size_t operator()(std::string_view name) const { return hash64(name); }
  };
  struct NameEqual {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return a == b; }
  };
  absl::flat_hash_map<std::string, EventPlan, NameHash, NameEqual> plans_;
  std::vector<uint32_t> by_rank_;  // campaigns
  absl::flat_hash_map<Fingerprint, uint32_t> by_fingerprint_;
  absl::flat_hash_set<Fingerprint> counted_for_ever_;
  std::vector<std::vector<Reach>> reaches_;  // by metric
  absl::flat_hash_map<uint64_t, ConditionIndex> transitions_;
  std::vector<uint32_t> silences_;
  LookupTable lookups_;
};

}  // namespace sapa
