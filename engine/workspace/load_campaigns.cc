// Campaign documents → Campaign.
#include "engine/workspace/canonical.h"
#include "engine/workspace/loading.h"
#include "engine/workspace/node_reading.h"

namespace sapa {
namespace {

constexpr size_t kMaxLimits = 8;
constexpr Duration kDefaultExpires = hours(24);

void read_limits(const Node& node, Campaign& campaign, Findings& findings) {
  const Node* first = node.is_sequence() ? node.items.data() : &node;
  size_t count = node.is_sequence() ? node.items.size() : 1;
  if (count == 0 || count > kMaxLimits) {
    return findings.error(node, "`limit` is one limit or a list of at most 8");
  }
  for (size_t i = 0; i < count; ++i) {
    if (auto limit = read_limit(first[i], "`limit`", findings)) campaign.limits.push_back(*limit);
  }
}

void read_delivery(Loading& loading, const Fields& fields, Campaign& campaign) {
  Findings& findings = loading.findings;
  if (const Node* channel = fields.require("channel")) {
    if (auto read = read_channel(*channel, findings)) campaign.channel = *read;
  }
  if (const Node* limit = fields.find("limit")) read_limits(*limit, campaign, findings);
  if (const Node* priority = fields.find("priority")) {
    auto read = read_integer(*priority, "`priority`", -1'000'000, 1'000'000, findings);
    if (read) campaign.priority = static_cast<int32_t>(*read);
  }
  campaign.expires = kDefaultExpires;
  if (const Node* expires = fields.find("expires")) {
    if (expires->is_scalar() && expires->text == "never") {
      campaign.expires = std::nullopt;
    } else {
      campaign.expires = read_duration(*expires, "`expires`", findings);
    }
  }
  if (const Node* paused = fields.find("paused")) {
    if (auto read = read_bool(*paused, "`paused`", findings)) campaign.paused = *read;
  }
}

void read_content(Loading& loading, const Fields& fields, const Scope& scope, Campaign& campaign) {
  if (const Node* audience = fields.find("audience")) {
    campaign.audience = loading.compiler.condition(*audience, "`audience`", scope);
  }
  if (const Node* key = fields.find("collapse_key")) {
    campaign.collapse_key = load_text(loading, *key, "`collapse_key`", scope);
  }
  if (const Node* message = fields.require("message")) {
    load_message(loading, *message, scope, campaign.message);
  }
}

void load_campaign(Loading& loading, const NamedNode& named) {
  const Node& node = *named.definition;
  Fields fields(node, "a campaign",
                {"campaign", "channel", "when", "limit", "audience", "priority", "expires",
                 "paused", "collapse_key", "message"},
                loading.findings);
  Campaign campaign;
  bool named_well = check_campaign_name(*named.name, loading.findings);
  bool is_new = named_well && loading.take_name("campaign", *named.name);
  campaign.name = named.name->text;
  campaign.position = named.name->position();
  campaign.version = hex_fingerprint(canonical(node), 8);
  const Node* when = fields.require("when");
  std::shared_ptr<const Scope> scope = loading.campaigns_with_event;
  if (when != nullptr) scope = load_when(loading, *when, campaign.when);
  read_delivery(loading, fields, campaign);
  read_content(loading, fields, *scope, campaign);
  if (!is_new || when == nullptr) return;
  campaign.fingerprint =
      fingerprint_of(canonical_parts({"campaign", campaign.name, canonical(*when)}));
  campaign.limit_fingerprint = fingerprint_of(canonical_parts({"limit", campaign.name}));
  loading.take_fingerprint("campaign", campaign.fingerprint, *named.name);
  loading.take_fingerprint("limit", campaign.limit_fingerprint, *named.name);
  campaign.index = static_cast<uint32_t>(loading.workspace.campaigns.size());
  if (campaign.when.kind == WhenKind::kPattern) find_captures(campaign);
  loading.workspace.campaigns.push_back(std::move(campaign));
}

}  // namespace

void load_campaigns(Loading& loading) {
  loading.campaigns_with_event = std::make_shared<Scope>(campaign_scope(loading.workspace, true));
  loading.campaigns_without_event =
      std::make_shared<Scope>(campaign_scope(loading.workspace, false));
  for (const NamedNode& named : loading.campaigns) load_campaign(loading, named);
}

}  // namespace sapa
