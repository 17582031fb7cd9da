#include "engine/api/json_text.h"

#include <simdjson.h>

namespace sapa {
namespace {

namespace ondemand = simdjson::ondemand;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

simdjson::error_code raw_text(ondemand::value value, std::string_view& out) {
  ondemand::json_type type;
  if (auto error = value.type().get(type)) return error;
  simdjson::error_code error = simdjson::SUCCESS;
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    error = value.get_object().get(object);
    if (!error) error = object.raw_json().get(out);
  } else if (type == ondemand::json_type::array) {
    ondemand::array array;
    error = value.get_array().get(array);
    if (!error) error = array.raw_json().get(out);
  } else {
    out = value.raw_json_token();
  }
  out = trimmed(out);
  return error;
}

Error as_error(simdjson::error_code error) {
  return user_error(std::string("The body is not valid JSON: ") + simdjson::error_message(error));
}

}  // namespace

struct JsonTextReader::State {
  simdjson::dom::parser checker;
  ondemand::parser walker;
  std::string padded;
  const char* original = nullptr;

  /// simdjson reads a little past the end, so it walks a copy with room behind it.
  simdjson::error_code begin(std::string_view text, ondemand::document& document) {
    original = text.data();
    padded.assign(text);
    padded.resize(text.size() + simdjson::SIMDJSON_PADDING);
    // Walking is lazy and would pass over some mistakes; so the whole is checked before.
    if (auto error = checker.parse(padded.data(), text.size(), false).error()) return error;
    return walker.iterate(padded.data(), text.size(), padded.size()).get(document);
  }
  std::string_view in_original(std::string_view part) const {
    return {original + (part.data() - padded.data()), part.size()};
  }
};

JsonTextReader::JsonTextReader() : state_(std::make_unique<State>()) {}
JsonTextReader::~JsonTextReader() = default;

Result<std::vector<RawMember>> JsonTextReader::members(std::string_view text) {
  ondemand::document document;
  if (auto error = state_->begin(text, document)) return as_error(error);
  ondemand::object object;
  if (document.get_object().get(object)) return user_error("The body is not a JSON object.");
  std::vector<RawMember> members;
  for (auto item : object) {
    ondemand::field field;
    std::string_view name, raw;
    if (auto error = std::move(item).get(field)) return as_error(error);
    if (auto error = field.unescaped_key().get(name)) return as_error(error);
    RawMember& member = members.emplace_back();
    member.name = name;
    if (auto error = raw_text(field.value(), raw)) return as_error(error);
    member.text = state_->in_original(raw);
  }
  return members;
}

Result<std::vector<std::string_view>> JsonTextReader::elements(std::string_view text) {
  ondemand::document document;
  if (auto error = state_->begin(text, document)) return as_error(error);
  ondemand::array array;
  if (document.get_array().get(array)) return user_error("not a JSON array");
  std::vector<std::string_view> elements;
  for (auto item : array) {
    ondemand::value value;
    std::string_view raw;
    if (auto error = std::move(item).get(value)) return as_error(error);
    if (auto error = raw_text(value, raw)) return as_error(error);
    elements.push_back(state_->in_original(raw));
  }
  return elements;
}

}  // namespace sapa
