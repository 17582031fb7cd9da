#include "engine/runtime/customer_description.h"

#include "engine/base/json.h"
#include "engine/customer/value_codec.h"
#include "engine/decision/decision.h"
#include "engine/evaluation/evaluation.h"
#include "engine/workspace/variables.h"

namespace sapa {
namespace {

/// Writes objects and lists in order, with the commas.
class JsonWriter {
 public:
  void open(char bracket) { separate(), out_ += bracket, first_ = true; }
  void close(char bracket) { out_ += bracket, first_ = false; }
  void name(std::string_view name) {
    separate();
    append_json_string(name, out_);
    out_ += ':';
    first_ = true;
  }
  void value(const Value& value) { separate(), append_json(value, out_), first_ = false; }
  void field(std::string_view key, const Value& v) { name(key), value(v); }
  void field(std::string_view key, std::string_view text) { field(key, Value::of_string(text)); }
  void time(std::string_view key, int64_t ms) { field(key, format_rfc3339(Timestamp{ms})); }
  std::string take() { return std::move(out_); }

 private:
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  std::string out_;
  bool first_ = true;
};

std::string_view campaign_name(const Workspace& workspace, DefinitionId id) {
  for (const Campaign& campaign : workspace.campaigns) {
    if (campaign.fingerprint == id || campaign.limit_fingerprint == id) return campaign.name;
  }
  return "(no longer in the workspace)";
}

void write_metrics(const Customer& customer, const Workspace& workspace, Evaluation& evaluation,
                   JsonWriter& out) {
  out.name("metrics");
  out.open('{');
  for (uint32_t i = 0; i < workspace.metrics.size(); ++i) {
    if (customer.metrics[i].empty()) continue;
    out.field(workspace.metrics[i].name, evaluation.load(variables::kMetrics + i));
  }
  out.close('}');
  out.name("inexactMetrics");
  out.open('[');
  for (uint32_t i = 0; i < workspace.metrics.size(); ++i) {
    if (!customer.metrics[i].exact(workspace.metrics[i].shape, evaluation.now())) {
      out.value(Value::of_string(workspace.metrics[i].name));
    }
  }
  out.close(']');
}

void write_memberships(const Customer& customer, const Workspace& workspace, JsonWriter& out) {
  out.name("segments");
  out.open('[');
  for (const Segment& segment : workspace.segments) {
    for (const Membership& member : customer.segments) {
      if (member.segment != segment.fingerprint) continue;
      out.open('{');
      out.field("segment", segment.name);
      out.time("since", member.since);
      out.close('}');
    }
  }
  out.close(']');
  for (const LifecycleStage& stage : workspace.lifecycle.stages) {
    if (stage.fingerprint != customer.stage) continue;
    out.field("stage", stage.name);
    out.time("stageSince", customer.stage_since);
  }
}

void write_progress(const Customer& customer, const Workspace& workspace, JsonWriter& out) {
  out.name("underWay");
  out.open('[');
  for (const PatternInstance& pattern : customer.patterns) {
    out.open('{');
    out.field("campaign", campaign_name(workspace, pattern.campaign));
    out.field("stepsDone", Value::of_int(pattern.steps_done));
    out.time("startedAt", pattern.started);
    out.time("deadline", pattern.deadline);
    out.field("startedBy", pattern.start_message_id);
    out.close('}');
  }
  for (const SilenceWatch& watch : customer.silences) {
    out.open('{');
    out.field("campaign", campaign_name(workspace, watch.campaign));
    out.time("silentSince", watch.since);
    out.field("fired", Value::of_bool(watch.fired));
    out.close('}');
  }
  out.close(']');
}

void write_decisions(const Customer& customer, const Workspace& workspace, JsonWriter& out) {
  out.name("latestDecisions");
  out.open('[');
  auto write = [&](DefinitionId campaign, int64_t time, std::string_view reason) {
    out.open('{');
    out.time("time", time);
    out.field("campaign", campaign_name(workspace, campaign));
    out.field("reason", reason);
    out.close('}');
  };
  // Newest first, sent and suppressed together.
  size_t sent = customer.sent.size(), suppressed = customer.suppressed.size();
  while (sent > 0 || suppressed > 0) {
    bool take_sent = suppressed == 0 || (sent > 0 && customer.sent[sent - 1].time >=
                                                         customer.suppressed[suppressed - 1].time);
    if (take_sent) {
      const SentTrigger& entry = customer.sent[--sent];
      write(entry.campaign, entry.time, reason_name(Reason::kSent));
    } else {
      const SuppressedTrigger& entry = customer.suppressed[--suppressed];
      write(entry.campaign, entry.time, reason_name(static_cast<Reason>(entry.reason)));
    }
  }
  out.close(']');
}

}  // namespace

std::string describe_customer(const Customer& customer, const Workspace& workspace, Timestamp now) {
  Arena arena;
  Evaluation evaluation(workspace, arena);
  evaluation.begin(customer, nullptr, now);
  JsonWriter out;
  out.open('{');
  out.field(customer.anonymous ? "anonymousId" : "userId", customer.id);
  out.time("firstSeen", customer.first_seen);
  out.time("lastSeen", customer.last_seen);
  out.time("asOf", now.ms);
  out.field("events", Value::of_int(static_cast<int64_t>(customer.events)));
  out.field("timezone", evaluation.load(variables::kCustomerTimeZone));
  out.field("locale", evaluation.load(variables::kCustomerLocale));
  out.field("traits", evaluation.load(variables::kCustomer));
  write_metrics(customer, workspace, evaluation, out);
  write_memberships(customer, workspace, out);
  write_progress(customer, workspace, out);
  write_decisions(customer, workspace, out);
  out.close('}');
  return out.take();
}

}  // namespace sapa
