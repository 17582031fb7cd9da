#include <array>

#include "engine/message/trigger.h"

namespace sapa {
namespace {

constexpr std::array kChannels{Channel::kPopup, Channel::kPush,    Channel::kInbox,
                               Channel::kEmail, Channel::kVoucher, Channel::kTask};

}  // namespace

std::string_view channel_name(Channel channel) {
  switch (channel) {
    case Channel::kPopup:
      return "popup";
    case Channel::kPush:
      return "push";
    case Channel::kInbox:
      return "inbox";
    case Channel::kEmail:
      return "email";
    case Channel::kVoucher:
      return "voucher";
    case Channel::kTask:
      return "task";
  }
  return "unknown";
}

bool parse_channel(std::string_view name, Channel& out) {
  for (Channel channel : kChannels) {
    if (channel_name(channel) == name) return out = channel, true;
  }
  return false;
}

std::span<const Channel> all_channels() { return kChannels; }

}  // namespace sapa
