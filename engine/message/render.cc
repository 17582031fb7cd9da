#include "engine/message/render.h"

#include "engine/base/json.h"

namespace sapa {
namespace {

const TextTemplate& choose(const LocalizedText& text, std::string_view locale) {
  std::string_view language = locale.substr(0, locale.find_first_of("-_"));
  const TextTemplate* by_language = nullptr;
  for (const auto& [name, candidate] : text.by_locale) {
    if (name == locale) return candidate;
    if (name == language) by_language = &candidate;
  }
  return by_language ? *by_language : text.by_locale.front().second;
}

std::string_view explain(Arena& arena, std::string_view what, std::string_view why) {
  std::string text(what);
  text += ": ";
  text += why;
  return arena.copy(text);
}

}  // namespace

bool Renderer::render_text(const LocalizedText& text, std::string_view locale,
                           const Evaluation& evaluation, Arena& arena, std::string_view& out,
                           std::string_view& why) {
  if (text.empty()) return out = {}, true;
  const TextTemplate& chosen = choose(text, locale);
  if (chosen.expressions.empty()) {
    out = chosen.literals.empty() ? std::string_view{} : std::string_view(chosen.literals[0]);
    return true;
  }
  scratch_.clear();
  for (size_t i = 0; i < chosen.literals.size(); ++i) {
    scratch_ += chosen.literals[i];
    if (i >= chosen.expressions.size()) continue;
    Value value = evaluation.run(*chosen.expressions[i]);
    if (value.is_error()) return why = value.as_string(), false;
    append_text(value, scratch_);
  }
  out = arena.copy(scratch_);
  return true;
}

bool Renderer::render(const Campaign& campaign, std::string_view locale,
                      const Evaluation& evaluation, Arena& arena, Content& content,
                      std::string_view& why) {
  size_t bytes = 0;
  auto fill = [&](const LocalizedText& text, std::string_view& out, std::string_view what) {
    if (!render_text(text, locale, evaluation, arena, out, why)) {
      why = explain(arena, what, why);
      return false;
    }
    bytes += out.size();
    if (bytes <= kMostContentBytes) return true;
    why = explain(arena, what, "the message's texts are longer than 64 KiB");
    return false;
  };
  const MessageTemplate& message = campaign.message;
  if (!fill(message.title, content.title, "title") || !fill(message.body, content.body, "body") ||
      !fill(message.image, content.image, "image") || !fill(message.link, content.link, "link")) {
    return false;
  }
  Button* buttons = arena.array<Button>(message.buttons.size());
  for (size_t i = 0; i < message.buttons.size(); ++i) {
    buttons[i] = {};
    if (!fill(message.buttons[i].label, buttons[i].label, "button's label") ||
        !fill(message.buttons[i].link, buttons[i].link, "button's link")) {
      return false;
    }
  }
  content.buttons = {buttons, message.buttons.size()};
  DataEntry* data = arena.array<DataEntry>(message.data.size());
  for (size_t i = 0; i < message.data.size(); ++i) {
    data[i] = {message.data[i].first, {}};
    if (!fill(message.data[i].second, data[i].value, message.data[i].first)) return false;
  }
  content.data = {data, message.data.size()};
  return true;
}

}  // namespace sapa
