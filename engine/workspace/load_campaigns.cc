// Campaign documents → Campaign.
#include "engine/base/hash.h"
#include "engine/workspace/canonical.h"
#include "engine/workspace/loading.h"
#include "engine/workspace/node_reading.h"

namespace sapa {
namespace {

constexpr size_t kMaxLimits = 8;
constexpr size_t kMaxSilences = 1000;
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
  loading.identities.push_back(
      {hash64(canonical_parts({"campaign", campaign.name, canonical(*when)})),
       hash64(canonical_parts({"limit", campaign.name})), named.name});
  campaign.index = static_cast<uint32_t>(loading.workspace.campaigns.size());
  if (campaign.when.kind == WhenKind::kPattern) find_captures(campaign);
  loading.workspace.campaigns.push_back(std::move(campaign));
}

/// Fingerprints have 32 bits, so of a hundred thousand campaigns two are likely to have the same.
/// All that share one get their other one: so each knows its state by what it is itself, and not by
/// which of them came first.
void settle_fingerprints(Loading& loading, std::string_view what,
                         Fingerprint Campaign::*fingerprint, uint64_t Loading::Identity::*hash) {
  auto& campaigns = loading.workspace.campaigns;
  absl::flat_hash_map<Fingerprint, uint32_t> count;
  for (const auto& identity : loading.identities) ++count[fingerprint_of_hash(identity.*hash)];
  for (size_t i = 0; i < campaigns.size(); ++i) {
    const Loading::Identity& identity = loading.identities[i];
    Fingerprint own = fingerprint_of_hash(identity.*hash);
    campaigns[i].*fingerprint = count[own] == 1 ? own : other_fingerprint_of_hash(identity.*hash);
    loading.take_fingerprint(what, campaigns[i].*fingerprint, *identity.name);
  }
}

/// Each keeps a timer in every customer's record.
void check_silences(Loading& loading) {
  size_t count = 0;
  const auto& campaigns = loading.workspace.campaigns;
  for (size_t i = 0; i < campaigns.size(); ++i) {
    if (campaigns[i].when.kind != WhenKind::kNothing || ++count <= kMaxSilences) continue;
    return loading.findings.error(*loading.identities[i].name,
                                  "more than 1000 campaigns start by `nothing`; each keeps a timer "
                                  "in every customer's record");
  }
}

}  // namespace

void load_campaigns(Loading& loading) {
  auto with_event = std::make_shared<Scope>(campaign_scope(loading.workspace, true));
  auto without_event = std::make_shared<Scope>(campaign_scope(loading.workspace, false));
  with_event->id = 1, without_event->id = 2;
  loading.campaigns_with_event = std::move(with_event);
  loading.campaigns_without_event = std::move(without_event);
  for (const NamedNode& named : loading.campaigns) load_campaign(loading, named);
  settle_fingerprints(loading, "campaign", &Campaign::fingerprint, &Loading::Identity::state);
  settle_fingerprints(loading, "limit", &Campaign::limit_fingerprint, &Loading::Identity::limit);
  check_silences(loading);
}

void check_crowds(Loading& loading) {
  const Workspace& workspace = loading.workspace;
  for (const Workspace::Crowd& crowd : workspace.crowds()) {
    const Campaign& lowest = workspace.at_rank(crowd.lowest);
    loading.findings.error(
        *loading.identities[lowest.index].name,
        crowd.cause + " can start " + std::to_string(crowd.campaigns) +
            " campaigns at once, and at most 10000 are looked at; give them conditions that tell "
            "them apart, such as event.properties.category == 'bags'");
  }
}

}  // namespace sapa
