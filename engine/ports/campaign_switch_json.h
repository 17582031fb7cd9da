// A campaign's switch as it is kept, in a file or a topic: {"campaign": "cart", "killed": true,
// "since": "2026-03-02T10:00:00.000Z", "note": "wrong price", "change": "…"}.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/json.h"
#include "engine/ports/campaign_switches.h"

namespace sapa {

/// `change` names this change among all, or is empty.
inline std::string to_json(const CampaignSwitch& value, std::string_view change) {
  std::string out = "{\"campaign\":";
  append_json_string(value.campaign, out);
  out += value.killed ? ",\"killed\":true" : ",\"killed\":false";
  out += ",\"since\":\"" + format_rfc3339(value.since) + "\",\"note\":";
  append_json_string(value.note, out);
  if (!change.empty()) {
    out += ",\"change\":";
    append_json_string(change, out);
  }
  return out + "}";
}

/// False for what is no switch.
inline bool read_switch(const Value& json, CampaignSwitch& out) {
  Value campaign = json.field("campaign"), killed = json.field("killed");
  Value since = json.field("since"), note = json.field("note");
  if (!campaign.is(Kind::kString) || !killed.is(Kind::kBool)) return false;
  out.campaign = campaign.as_string();
  out.killed = killed.is_true();
  if (since.is(Kind::kString) && !parse_rfc3339(since.as_string(), out.since)) return false;
  if (note.is(Kind::kString)) out.note = note.as_string();
  return true;
}

}  // namespace sapa
