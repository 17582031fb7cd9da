// A trigger: the order to show or send one message to one customer, as it leaves the engine. Plain
// data; its text lives in the arena of the event or timer that caused it. Encoded by
// trigger_encoder.h (JSON, protobuf, CloudEvents).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/time.h"
#include "engine/base/value.h"

namespace sapa {

enum class Channel : uint8_t { kPopup, kPush, kInbox, kEmail, kVoucher, kTask };

/// "popup", "push", …
std::string_view channel_name(Channel channel);
bool parse_channel(std::string_view name, Channel& out);
/// Every channel, for messages that list them.
std::span<const Channel> all_channels();

struct Button {
  std::string_view label;
  std::string_view link;
};

struct DataEntry {
  std::string_view name;
  std::string_view value;  ///< always text, as FCM's message.data wants it
};

struct Content {
  std::string_view title, body, image, link;
  std::span<const Button> buttons;
  std::span<const DataEntry> data;
};

struct Trigger {
  std::string_view trigger_id;  ///< deterministic: campaign, version, customer and cause
  std::string_view campaign;
  std::string_view campaign_version;  ///< of its definition; changes when the campaign's file does
  std::string_view user_id, anonymous_id;
  Channel channel = Channel::kPopup;
  Timestamp time;        ///< what caused it: the event's time, or the moment the timer was due
  Timestamp expires_at;  ///< Timestamp::never() if it does not
  int32_t priority = 0;
  std::string_view collapse_key;
  std::string_view variant;  ///< empty if the campaign has none
  bool control = false;      ///< a member of the control group: recorded, not shown
  std::string_view locale;
  std::string_view
      source_message_id;  ///< of the event that caused it (for a timer: that started it)
  Content content;
  std::string_view traceparent;
};

}  // namespace sapa
