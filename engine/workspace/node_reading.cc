#include "engine/workspace/node_reading.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace sapa {
namespace {

constexpr size_t kMaxTextBytes = 64 * 1024;
constexpr size_t kMaxNameBytes = 64;
constexpr size_t kMaxEventNameBytes = 256;
constexpr size_t kMaxEventNames = 64;

constexpr std::array<std::string_view, 34> kReserved = {
    "any",      "as",        "break", "const", "continue", "customer", "double",
    "else",     "event",     "false", "for",   "function", "has",      "if",
    "import",   "in",        "int",   "let",   "list",     "loop",     "map",
    "metrics",  "namespace", "never", "now",   "null",     "package",  "return",
    "segments", "string",    "true",  "type",  "var",      "void"};

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool check_event_name(const Node& node, Findings& findings) {
  if (!node.is_scalar() || node.text.empty()) {
    findings.error(node, "an event is named by text, such as Product Viewed");
    return false;
  }
  if (node.text.size() > kMaxEventNameBytes) {
    findings.error(node, "an event's name is at most 256 bytes long");
    return false;
  }
  return true;
}

}  // namespace

Fields::Fields(const Node& node, std::string_view what, std::vector<std::string> known,
               Findings& findings)
    : node_(node), what_(what), findings_(findings) {
  if (!node.is_mapping()) {
    findings.error(node, std::string(what) + " is a mapping of keys and values, not " +
                             std::string(kind_name(node.kind)));
    return;
  }
  for (const Node& key : node.keys) {
    if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
    findings.error(key, "unknown key " + quoted(key.text) + " in " + std::string(what),
                   findings.nearest(key.text, known));
  }
}

const Node* Fields::require(std::string_view key) const {
  const Node* value = node_.find(key);
  if (value == nullptr && node_.is_mapping()) {
    const Node& place = node_.keys.empty() ? node_ : node_.keys.front();
    findings_.error(place, std::string(what_) + " needs `" + std::string(key) + "`");
  }
  return value;
}

const Node& Fields::key_node(std::string_view key) const {
  auto at = std::find_if(node_.keys.begin(), node_.keys.end(),
                         [&](const Node& candidate) { return candidate.text == key; });
  return at == node_.keys.end() ? node_ : *at;
}

std::optional<std::string> read_text(const Node& node, std::string_view what, Findings& findings) {
  if (!node.is_scalar() || node.text.empty()) {
    findings.error(node, std::string(what) + " is text, not " +
                             (node.is_scalar() ? "empty" : std::string(kind_name(node.kind))));
    return std::nullopt;
  }
  if (node.text.size() > kMaxTextBytes) {
    findings.error(node, std::string(what) + " is longer than 64 KiB");
    return std::nullopt;
  }
  return node.text;
}

std::optional<bool> read_bool(const Node& node, std::string_view what, Findings& findings) {
  if (node.is_scalar() && node.plain && node.text == "true") return true;
  if (node.is_scalar() && node.plain && node.text == "false") return false;
  findings.error(node, std::string(what) + " is true or false");
  return std::nullopt;
}

std::optional<int64_t> read_integer(const Node& node, std::string_view what, int64_t low,
                                    int64_t high, Findings& findings) {
  int64_t number = 0;
  const char* end = node.text.data() + node.text.size();
  auto [at, error] = std::from_chars(node.text.data(), end, number);
  if (node.is_scalar() && error == std::errc() && at == end && low <= number && number <= high) {
    return number;
  }
  findings.error(node, std::string(what) + " is a whole number from " + std::to_string(low) +
                           " to " + std::to_string(high));
  return std::nullopt;
}

std::optional<double> read_number(const Node& node, std::string_view what, Findings& findings) {
  double number = 0;
  const char* end = node.text.data() + node.text.size();
  auto [at, error] = std::from_chars(node.text.data(), end, number);
  if (node.is_scalar() && error == std::errc() && at == end && std::isfinite(number)) {
    return number;
  }
  findings.error(node, std::string(what) + " is a number");
  return std::nullopt;
}

std::optional<Duration> read_duration(const Node& node, std::string_view what, Findings& findings) {
  Result<Duration> duration = parse_duration(node.is_scalar() ? node.text : std::string());
  if (!node.is_scalar()) {
    findings.error(node, std::string(what) + " is a duration such as 30m, 24h or 7d");
  } else if (!duration.ok()) {
    findings.error(node, std::string(what) + ": " + quoted(node.text) +
                             " is no duration; write a number and a unit, such as 30m, 24h or 7d");
  } else if (duration->ms <= 0 || *duration > days(3660)) {
    findings.error(node, std::string(what) + " must be more than nothing and at most ten years");
  } else {
    return *duration;
  }
  return std::nullopt;
}

std::optional<EventSelector> read_events(const Node& node, Findings& findings) {
  if (node.is_scalar() && node.text == "any") return EventSelector{};
  if (!node.is_sequence()) {
    if (!check_event_name(node, findings)) return std::nullopt;
    return EventSelector{{node.text}};
  }
  if (node.items.empty() || node.items.size() > kMaxEventNames) {
    findings.error(node, "a list of events names 1 to 64 of them; write `any` for every event");
    return std::nullopt;
  }
  EventSelector selector;
  for (const Node& item : node.items) {
    if (!check_event_name(item, findings)) return std::nullopt;
    if (item.text == "any") {
      findings.error(item, "`any` stands for every event and so stands alone");
      return std::nullopt;
    }
    auto& names = selector.names;
    if (std::find(names.begin(), names.end(), item.text) != names.end()) {
      findings.error(item, "event " + quoted(item.text) + " stands here twice");
      return std::nullopt;
    }
    names.push_back(item.text);
  }
  return selector;
}

std::optional<Channel> read_channel(const Node& node, Findings& findings) {
  Channel channel;
  if (node.is_scalar() && parse_channel(node.text, channel)) return channel;
  std::vector<std::string> names;
  std::string list;
  for (Channel each : all_channels()) {
    names.emplace_back(channel_name(each));
    list += (list.empty() ? "" : ", ") + names.back();
  }
  std::string given = node.is_scalar() ? quoted(node.text) : std::string(kind_name(node.kind));
  findings.error(node, "unknown channel " + given + "; channels are " + list,
                 findings.nearest(node.text, names));
  return std::nullopt;
}

bool check_name(const Node& node, std::string_view what, Findings& findings) {
  const std::string& name = node.text;
  bool well_formed = !name.empty() && name.size() <= kMaxNameBytes && name[0] >= 'a' &&
                     name[0] <= 'z' && std::all_of(name.begin(), name.end(), [](char c) {
                       return is_lower_or_digit(c) || c == '_';
                     });
  if (!node.is_scalar() || !well_formed) {
    findings.error(node, std::string(what) +
                             "'s name is made of a-z, 0-9 and _, begins with a "
                             "letter and is at most 64 long");
    return false;
  }
  if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) {
    findings.error(node, quoted(name) + " has a meaning of its own in conditions; name the " +
                             std::string(what.substr(what.find(' ') + 1)) + " otherwise");
    return false;
  }
  return true;
}

bool check_campaign_name(const Node& node, Findings& findings) {
  const std::string& name = node.text;
  bool well_formed = !name.empty() && name.size() <= kMaxNameBytes && is_lower_or_digit(name[0]) &&
                     std::all_of(name.begin(), name.end(),
                                 [](char c) { return is_lower_or_digit(c) || c == '-'; });
  if (node.is_scalar() && well_formed) return true;
  findings.error(
      node,
      "a campaign's name is made of a-z, 0-9 and -, does not begin with - and is at most 64 "
      "long");
  return false;
}

}  // namespace sapa
