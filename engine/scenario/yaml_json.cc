#include "engine/scenario/yaml_json.h"

#include "engine/base/json.h"

namespace sapa::scenarios {
namespace {

/// As JSON's grammar has it: no leading zeros, so that an article number 0812 stays text.
bool is_json_number(std::string_view text) {
  auto digits = [&] {
    size_t count = 0;
    while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
    return count;
  };
  if (text.starts_with('-')) text.remove_prefix(1);
  size_t whole = digits();
  if (whole == 0 || (whole > 1 && text[0] == '0')) return false;
  text.remove_prefix(whole);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    size_t fraction = digits();
    if (fraction == 0) return false;
    text.remove_prefix(fraction);
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    size_t exponent = digits();
    if (exponent == 0) return false;
    text.remove_prefix(exponent);
  }
  return text.empty();
}

void append(const Node& node, std::string& out) {
  switch (node.kind) {
    case Node::Kind::kNull:
      out += "null";
      return;
    case Node::Kind::kScalar: {
      const std::string& text = node.text;
      bool as_it_is = node.plain && (text == "true" || text == "false" || is_json_number(text));
      as_it_is ? void(out += text) : append_json_string(text, out);
      return;
    }
    case Node::Kind::kSequence:
      out += '[';
      for (size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) out += ',';
        append(node.items[i], out);
      }
      out += ']';
      return;
    case Node::Kind::kMapping:
      break;
  }
  out += '{';
  for (size_t i = 0; i < node.items.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(node.keys[i].text, out);
    out += ':';
    append(node.items[i], out);
  }
  out += '}';
}

}  // namespace

std::string to_json(const Node& node) {
  std::string out;
  append(node, out);
  return out;
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(text, out);
  return out;
}

}  // namespace sapa::scenarios
