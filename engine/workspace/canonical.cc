#include "engine/workspace/canonical.h"

#include <algorithm>
#include <numeric>

#include "engine/base/hash.h"

namespace sapa {
namespace {

void append_part(std::string_view part, std::string& out) {
  out += std::to_string(part.size());
  out += ':';
  out += part;
}

void append_node(const Node& node, std::string& out) {
  switch (node.kind) {
    case Node::Kind::kNull:
      out += '~';
      return;
    case Node::Kind::kScalar:
      append_part(node.text, out);
      return;
    case Node::Kind::kSequence:
      out += '[';
      for (const Node& item : node.items) append_node(item, out);
      out += ']';
      return;
    case Node::Kind::kMapping:
      break;
  }
  std::vector<size_t> order(std::min(node.keys.size(), node.items.size()));
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return node.keys[a].text < node.keys[b].text; });
  out += '{';
  for (size_t i : order) {
    append_part(node.keys[i].text, out);
    append_node(node.items[i], out);
  }
  out += '}';
}

}  // namespace

std::string canonical(const Node& node) {
  std::string out;
  append_node(node, out);
  return out;
}

std::string canonical_expression(std::string_view source) {
  std::string out;
  char quote = '\0';
  for (size_t i = 0; i < source.size(); ++i) {
    char c = source[i];
    if (quote != '\0') {
      out += c;
      if (c == '\\' && i + 1 < source.size()) {
        out += source[++i];
      } else if (c == quote) {
        quote = '\0';
      }
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      if (c == '"' || c == '\'') quote = c;
      out += c;
    }
  }
  if (quote == '\0' && !out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string canonical_parts(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (std::string_view part : parts) append_part(part, out);
  return out;
}

std::string canonical(const EventSelector& events) {
  std::vector<std::string> names = events.names;
  std::sort(names.begin(), names.end());
  std::string out;
  for (const std::string& name : names) append_part(name, out);
  return out;
}

std::string canonical(const MetricWindow& window) {
  switch (window.kind) {
    case WindowKind::kForever:
      return "forever";
    case WindowKind::kSliding:
      return "sliding " + std::to_string(window.length.ms);
    case WindowKind::kHalfLife:
      return "half-life " + std::to_string(window.length.ms);
    case WindowKind::kCalendar:
      return "calendar " + std::string(calendar_unit_name(window.unit));
  }
  return "";
}

Fingerprint fingerprint_of(std::string_view canonical_text) {
  return fingerprint_of_hash(hash64(canonical_text));
}

Fingerprint fingerprint_of_hash(uint64_t hash) {
  auto fingerprint = static_cast<Fingerprint>(hash >> 32);
  return fingerprint == 0 ? 1 : fingerprint;
}

Fingerprint other_fingerprint_of_hash(uint64_t hash) { return fingerprint_of_hash(hash << 32); }

std::string hex_fingerprint(std::string_view canonical_text, int digits) {
  uint64_t hash = hash64(canonical_text);
  std::string out;
  for (int i = 0; i < digits; ++i) out += "0123456789abcdef"[(hash >> (60 - 4 * i)) & 0xF];
  return out;
}

}  // namespace sapa
