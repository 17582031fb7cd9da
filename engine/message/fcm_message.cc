#include "engine/message/fcm_message.h"

#include <algorithm>
#include <array>

#include "engine/base/hash.h"
#include "engine/message/json_fields.h"

namespace sapa {
namespace {

constexpr int64_t kLongestTtlSeconds = 4 * 7 * 86'400;
constexpr size_t kLongestCollapseId = 64;
constexpr size_t kLongestAnalyticsLabel = 50;

/// Names that the engine fills in itself, and which the campaign's own data must not repeat.
constexpr std::array<std::string_view, 4> kOwnNames{"triggerId", "campaign", "variant", "link"};

bool is_allowed_data_name(std::string_view name) {
  bool reserved = name.empty() || name == "from" || name == "message_type" ||
                  name.starts_with("google.") || name.starts_with("gcm.");
  return !reserved && std::find(kOwnNames.begin(), kOwnNames.end(), name) == kOwnNames.end();
}

void append_data(const Trigger& trigger, std::string& out) {
  JsonFields data(out);
  data.text("triggerId", trigger.trigger_id);
  data.text("campaign", trigger.campaign);
  data.text_unless_empty("variant", trigger.variant);
  data.text_unless_empty("link", trigger.content.link);
  for (const DataEntry& entry : trigger.content.data) {
    if (!is_allowed_data_name(entry.name)) continue;
    append_json_string(entry.value, data.foreign_key(entry.name));
  }
}

void append_android(const Trigger& trigger, Timestamp now, std::string& out) {
  JsonFields android(out);
  if (trigger.expires_at != Timestamp::never()) {
    int64_t seconds = trigger.expires_at <= now ? 0 : (trigger.expires_at - now).ms / 1000;
    android.text("ttl", std::to_string(std::min(seconds, kLongestTtlSeconds)) + "s");
  }
  android.text_unless_empty("collapse_key", trigger.collapse_key);
  android.text("priority", trigger.priority < 0 ? "NORMAL" : "HIGH");
}

/// FCM takes [a-zA-Z0-9-_.~%], at most 50 of them.
std::string analytics_label(std::string_view campaign) {
  std::string label(campaign.substr(0, kLongestAnalyticsLabel));
  for (char& c : label) {
    bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   std::string_view("-_.~%").find(c) != std::string_view::npos;
    if (!allowed) c = '_';
  }
  return label;
}

/// A key that is too long for APNs becomes its hash, so that equal keys still replace each other.
std::string collapse_id(std::string_view key) {
  if (key.size() <= kLongestCollapseId) return std::string(key);
  return "sapa-" + std::to_string(hash64(key)) + "-" + std::to_string(hash64(key, 1));
}

}  // namespace

void append_apns_headers(const Trigger& trigger, std::string& out) {
  JsonFields headers(out);
  headers.text("apns-push-type", "alert");
  headers.text("apns-priority", trigger.priority < 0 ? "5" : "10");
  if (trigger.expires_at != Timestamp::never()) {
    headers.text("apns-expiration", std::to_string(trigger.expires_at.ms / 1000));
  }
  if (!trigger.collapse_key.empty()) {
    headers.text("apns-collapse-id", collapse_id(trigger.collapse_key));
  }
}

void append_fcm_message(const Trigger& trigger, Timestamp now, std::string& out) {
  JsonFields request(out);
  JsonFields message(request.key("message"));
  {
    JsonFields notification(message.key("notification"));
    notification.text_unless_empty("title", trigger.content.title);
    notification.text_unless_empty("body", trigger.content.body);
    notification.text_unless_empty("image", trigger.content.image);
  }
  append_data(trigger, message.key("data"));
  append_android(trigger, now, message.key("android"));
  {
    JsonFields apns(message.key("apns"));
    append_apns_headers(trigger, apns.key("headers"));
  }
  JsonFields options(message.key("fcm_options"));
  options.text("analytics_label", analytics_label(trigger.campaign));
}

}  // namespace sapa
