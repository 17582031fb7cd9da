#include "engine/workspace/yaml_tree.h"

#include <algorithm>
#include <numeric>
#include <sstream>
#include <stdexcept>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "engine/base/utf8.h"

namespace sapa {
namespace {

/// Ends the parsing of a file; never leaves this file.
struct Refused : std::runtime_error {
  Refused(uint32_t where, const std::string& why) : std::runtime_error(why), offset(where) {}
  uint32_t offset;
};

uint32_t offset_of(const YAML::Mark& mark) {
  return mark.pos < 0 ? 0 : static_cast<uint32_t>(mark.pos);
}

/// Puts the parser's events together to a tree.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const SourceText& source, Findings& findings)
      : source_(source), findings_(findings) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    // The parser does not move past some stray characters and would give empty documents for ever.
    if (documents_ > 0 && offset_of(mark) <= last_start_) {
      throw Refused(offset_of(mark), "invalid YAML: this does not belong here");
    }
    last_start_ = offset_of(mark);
    ++documents_;
    root_ = Node{};
    root_.source = &source_;
    root_.offset = last_start_;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    add(make(Node::Kind::kNull, mark));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    Node node = make(Node::Kind::kScalar, mark);
    node.plain = tag != "!";
    // A condition that begins with '!' without quotes is a tag to YAML. "true" stands for it, so
    // that this one error is the only one about it.
    node.text = report_tag(mark, tag) && value.empty() ? "true" : value;
    if (node.plain && (node.text.empty() || value == "~" || value == "null")) {
      node.kind = Node::Kind::kNull;
    }
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::kSequence, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::kMapping, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused(offset_of(mark), "aliases are not supported; write the value out");
  }

  Node take_root() { return std::move(root_); }

 private:
  Node make(Node::Kind kind, const YAML::Mark& mark) const {
    Node node;
    node.kind = kind;
    node.source = &source_;
    node.offset = offset_of(mark);
    return node;
  }

  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor == 0) return;
    throw Refused(offset_of(mark), "anchors are not supported; write the value out");
  }

  bool report_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return false;
    findings_.error(source_, offset_of(mark), static_cast<uint32_t>(tag.size()),
                    "text that begins with `!` must stand in quotes");
    return true;
  }

  std::string wrong_key(const Node& key) const {
    if (key.is_mapping() && key.offset > 0 && source_.text()[key.offset - 1] == '{') {
      return "text that begins with {{ must stand in quotes";
    }
    return "a key must be text, not " + std::string(kind_name(key.kind));
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    refuse_anchor(mark, anchor);
    report_tag(mark, tag);
    if (open_.size() >= kMaxYamlDepth) {
      throw Refused(offset_of(mark),
                    "nested more than " + std::to_string(kMaxYamlDepth) + " levels deep");
    }
    open_.push_back(make(kind, mark));
  }

  void close() {
    Node node = std::move(open_.back());
    open_.pop_back();
    if (node.is_mapping()) drop_duplicates(node);
    add(std::move(node));
  }

  void add(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Node& parent = open_.back();
    if (parent.is_mapping() && parent.keys.size() == parent.items.size()) {
      if (!node.is_scalar()) throw Refused(node.offset, wrong_key(node));
      parent.keys.push_back(std::move(node));
    } else {
      bool missing = parent.is_mapping() && node.kind == Node::Kind::kNull;
      if (missing) node.offset = parent.keys.back().offset;
      parent.items.push_back(std::move(node));
    }
  }

  /// Only the first of them stays.
  void drop_duplicates(Node& mapping) {
    std::vector<size_t> order(std::min(mapping.keys.size(), mapping.items.size()));
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return mapping.keys[a].text < mapping.keys[b].text;
    });
    std::vector<bool> repeated(order.size());
    bool any = false;
    for (size_t i = 1; i < order.size(); ++i) {
      const Node& first = mapping.keys[order[i - 1]];
      const Node& second = mapping.keys[order[i]];
      if (second.text != first.text) continue;
      findings_.error(second, "`" + second.text + "` stands here twice; first in line " +
                                  std::to_string(first.position().line));
      repeated[order[i]] = any = true;
    }
    if (!any) return;
    size_t kept = 0;
    for (size_t i = 0; i < order.size(); ++i) {
      if (repeated[i]) continue;
      if (kept != i) {
        mapping.keys[kept] = std::move(mapping.keys[i]);
        mapping.items[kept] = std::move(mapping.items[i]);
      }
      ++kept;
    }
    mapping.keys.resize(kept);
    mapping.items.resize(kept);
  }

  const SourceText& source_;
  Findings& findings_;
  Node root_;
  std::vector<Node> open_;
  size_t documents_ = 0;
  uint32_t last_start_ = 0;
};

/// What YAML's grammar leaves open and this parser takes amiss: other encodings and control
/// characters.
void refuse_unreadable(const std::string& text) {
  if (text.size() > kMaxFileBytes) {
    throw Refused(0, "the file is larger than 1 MiB; split it into several");
  }
  size_t line_start = 0;
  for (size_t at = 0; at < text.size();) {
    size_t length = utf8_sequence_length(std::string_view(text).substr(at));
    if (length == 0) throw Refused(static_cast<uint32_t>(at), "the file is not UTF-8 text");
    auto byte = static_cast<uint8_t>(text[at]);
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F) {
      throw Refused(static_cast<uint32_t>(at), "the file holds a control character");
    }
    if (byte == '\n') line_start = at + 1;
    if (at + 1 - line_start > kMaxLineBytes) {
      throw Refused(static_cast<uint32_t>(line_start), "the line is longer than 16 KiB");
    }
    at += length;
  }
}

/// What the parser stumbled over, in words that help where the cause is a common one.
void report_syntax(const SourceText& source, const YAML::Exception& exception, Findings& findings) {
  uint32_t offset = offset_of(exception.mark);
  std::string_view line = source.line_at(offset);
  uint32_t line_start = offset - std::min(offset, source.bytes_before_in_line(offset));
  if (line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos) {
    return findings.error(source, line_start, 1, "YAML is indented by spaces, not by tabs");
  }
  if (size_t bang = line.find(": !"); bang != std::string_view::npos) {
    return findings.error(source, line_start + static_cast<uint32_t>(bang) + 2, 1,
                          "text that begins with `!` must stand in quotes");
  }
  if (exception.msg == YAML::ErrorMsg::MAP_VALUE) {
    return findings.error(source, offset, 1,
                          "invalid YAML: text that holds a colon and a space must stand in quotes");
  }
  findings.error(source, offset, 1,
                 "invalid YAML: " + (exception.msg.empty() ? "cannot be read" : exception.msg));
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

std::string_view kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kScalar:
      return "text";
    case Node::Kind::kSequence:
      return "a list";
    case Node::Kind::kMapping:
      return "a mapping";
  }
  return "";
}

std::vector<Node> parse_yaml(const SourceText& source, Findings& findings) {
  std::vector<Node> documents;
  try {
    refuse_unreadable(source.text());
    std::istringstream stream(source.text());
    YAML::Parser parser(stream);
    TreeBuilder builder(source, findings);
    while (parser.HandleNextDocument(builder)) documents.push_back(builder.take_root());
  } catch (const Refused& refused) {
    findings.error(source, refused.offset, 1, refused.what());
  } catch (const YAML::Exception& exception) {
    report_syntax(source, exception, findings);
  } catch (const std::exception& exception) {
    findings.error(source, 0, 1, std::string("cannot be read: ") + exception.what());
  }
  return documents;
}

}  // namespace sapa
