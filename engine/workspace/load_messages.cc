// `message:` → MessageTemplate: texts in one locale or several, buttons and data.
#include <algorithm>

#include "engine/workspace/loading.h"
#include "engine/workspace/node_reading.h"

namespace sapa {
namespace {

constexpr size_t kMaxButtons = 10;
constexpr size_t kMaxDataEntries = 64;

void load_buttons(Loading& loading, const Node& node, const Scope& scope,
                  MessageTemplate& message) {
  if (!node.is_sequence() || node.items.size() > kMaxButtons) {
    return loading.findings.error(node, "`buttons` is a list of at most 10 {label, link}");
  }
  for (const Node& item : node.items) {
    Fields fields(item, "a button", {"label", "link"}, loading.findings);
    if (!fields.ok()) continue;
    MessageTemplate::Button button;
    if (const Node* label = fields.require("label")) {
      button.label = load_text(loading, *label, "`label`", scope);
    }
    if (const Node* link = fields.find("link")) {
      button.link = load_text(loading, *link, "`link`", scope);
    }
    message.buttons.push_back(std::move(button));
  }
}

void load_data(Loading& loading, const Node& node, const Scope& scope, MessageTemplate& message) {
  if (!node.is_mapping() || node.keys.size() > kMaxDataEntries) {
    return loading.findings.error(node, "`data` is a mapping of at most 64 names to texts");
  }
  for (size_t i = 0; i < node.keys.size(); ++i) {
    const std::string& name = node.keys[i].text;
    if (name.empty() || name.size() > 256) {
      loading.findings.error(node.keys[i], "a name in `data` is 1 to 256 bytes long");
      continue;
    }
    message.data.emplace_back(name, load_text(loading, node.items[i], "`" + name + "`", scope));
  }
}

}  // namespace

bool is_locale(std::string_view text) {
  auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  size_t part_length = 0;
  bool first_part = true;
  for (char c : text) {
    if (c == '-' || c == '_') {
      if (part_length == 0 || (first_part && part_length < 2)) return false;
      part_length = 0, first_part = false;
    } else if (!is_letter(c) && (first_part || !is_digit(c))) {
      return false;
    } else if (++part_length > (first_part ? 3u : 8u)) {
      return false;
    }
  }
  return part_length >= (first_part ? 2u : 1u);
}

LocalizedText load_text(Loading& loading, const Node& node, std::string_view what,
                        const Scope& scope) {
  LocalizedText text;
  if (!node.is_mapping()) {
    auto read = loading.compiler.text(node, what, scope);
    if (read) text.by_locale.emplace_back("", std::move(*read));
    return text;
  }
  if (node.keys.empty()) loading.findings.error(node, std::string(what) + " has no text");
  for (size_t i = 0; i < node.keys.size(); ++i) {
    const Node& key = node.keys[i];
    if (!is_locale(key.text)) {
      loading.findings.error(key, "`" + key.text + "` is no locale; write one such as id-ID or en");
    }
    auto read = loading.compiler.text(node.items[i], what, scope);
    if (read) text.by_locale.emplace_back(key.text, std::move(*read));
  }
  return text;
}

void load_message(Loading& loading, const Node& node, const Scope& scope,
                  MessageTemplate& message) {
  Fields fields(node, "a message", {"title", "body", "image", "link", "buttons", "data"},
                loading.findings);
  if (!fields.ok()) return;
  auto load = [&](std::string_view key, LocalizedText& into) {
    if (const Node* text = fields.find(key)) {
      into = load_text(loading, *text, "`" + std::string(key) + "`", scope);
    }
  };
  load("title", message.title);
  load("body", message.body);
  load("image", message.image);
  load("link", message.link);
  if (const Node* buttons = fields.find("buttons")) load_buttons(loading, *buttons, scope, message);
  if (const Node* data = fields.find("data")) load_data(loading, *data, scope, message);
  bool says_something = fields.find("title") || fields.find("body") || fields.find("data");
  if (!says_something) {
    loading.findings.error(node.keys.empty() ? node : node.keys[0],
                           "a message needs a `title`, a `body` or `data`");
  }
}

}  // namespace sapa
