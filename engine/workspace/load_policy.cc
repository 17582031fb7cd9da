// `policy:` → Policy: the workspace's time zone, locale, caps over all campaigns and the horizon of
// deduplication.
#include "engine/workspace/loading.h"
#include "engine/workspace/node_reading.h"

namespace sapa {
namespace {

constexpr size_t kMaxCaps = 16;

void load_time_zone(const Node& node, Policy& policy, Findings& findings) {
  auto name = read_text(node, "`timezone`", findings);
  if (!name) return;
  auto zone = TimeZone::find(*name);
  if (!zone) {
    static const std::vector<std::string> kCommon = {
        "Asia/Jakarta",      "Asia/Makassar",       "Asia/Jayapura",    "Asia/Pontianak",
        "Asia/Singapore",    "Asia/Tokyo",          "Asia/Kolkata",     "Asia/Kuala_Lumpur",
        "Asia/Bangkok",      "Asia/Manila",         "Europe/London",    "Europe/Berlin",
        "Europe/Paris",      "Europe/Madrid",       "America/New_York", "America/Chicago",
        "America/Sao_Paulo", "America/Los_Angeles", "Australia/Sydney", "UTC"};
    findings.error(node,
                   "unknown time zone `" + *name + "`; write an IANA name such as Asia/Jakarta",
                   findings.nearest(*name, kCommon));
    return;
  }
  policy.time_zone_name = *name;
  policy.time_zone = *zone;
}

void load_cap(const Node& node, Policy& policy, Findings& findings) {
  FrequencyCap cap;
  const Node* limit = &node;
  if (node.is_mapping()) {
    Fields fields(node, "a cap", {"limit", "channels"}, findings);
    limit = fields.require("limit");
    if (const Node* channels = fields.find("channels")) {
      const Node* first = channels->is_sequence() ? channels->items.data() : channels;
      size_t count = channels->is_sequence() ? channels->items.size() : 1;
      if (count == 0) findings.error(*channels, "`channels` names one channel at least");
      for (size_t i = 0; i < count; ++i) {
        if (auto channel = read_channel(first[i], findings)) cap.channels.push_back(*channel);
      }
    }
  }
  if (limit == nullptr) return;
  auto read = read_limit(*limit, "a cap", findings);
  if (!read) return;
  cap.limit = *read;
  if (cap.limit.window.kind == WindowKind::kForever) {
    findings.error(*limit, "a cap over all campaigns needs a window, such as 3 per 24h");
    return;
  }
  policy.caps.push_back(std::move(cap));
}

void load_caps(const Node& node, Policy& policy, Findings& findings) {
  if (!node.is_sequence()) return load_cap(node, policy, findings);
  if (node.items.size() > kMaxCaps) return findings.error(node, "there are at most 16 caps");
  for (const Node& item : node.items) load_cap(item, policy, findings);
}

void load_deduplication(const Node& node, Policy& policy, Findings& findings) {
  Fields fields(node, "`deduplicate`", {"within", "at_most"}, findings);
  if (const Node* within = fields.find("within")) {
    if (auto read = read_duration(*within, "`within`", findings)) policy.deduplicate_within = *read;
  }
  if (const Node* at_most = fields.find("at_most")) {
    auto read = read_integer(*at_most, "`at_most`", 0, 10'000, findings);
    if (read) policy.deduplicate_at_most = static_cast<uint32_t>(*read);
  }
}

}  // namespace

void load_policy(Loading& loading) {
  if (loading.policy == nullptr) return;
  Findings& findings = loading.findings;
  Policy& policy = loading.workspace.policy;
  Fields fields(*loading.policy, "the policy", {"timezone", "locale", "caps", "deduplicate"},
                findings);
  if (!fields.ok()) return;
  if (const Node* zone = fields.find("timezone")) load_time_zone(*zone, policy, findings);
  if (const Node* locale = fields.find("locale")) {
    auto text = read_text(*locale, "`locale`", findings);
    if (text && !is_locale(*text)) {
      findings.error(*locale, "`" + *text + "` is no locale; write one such as id-ID or en");
    } else if (text) {
      policy.locale = *text;
    }
  }
  if (const Node* caps = fields.find("caps")) load_caps(*caps, policy, findings);
  if (const Node* dedup = fields.find("deduplicate")) load_deduplication(*dedup, policy, findings);
}

}  // namespace sapa
