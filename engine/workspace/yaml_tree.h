// YAML as a tree whose every node knows its place in the file. Reads untrusted text: size and depth
// are bounded, tags, anchors and aliases are refused, and a key may stand only once in a mapping.
// What a mapping may hold is not known here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/workspace/findings.h"
#include "engine/workspace/source_text.h"

namespace sapa {

struct Node {
  enum class Kind : uint8_t { kNull, kScalar, kSequence, kMapping };

  Kind kind = Kind::kNull;
  const SourceText* source = nullptr;  ///< outlives the tree
  uint32_t offset = 0;                 ///< of the node's first byte (a quoted scalar's quote)
  std::string text;                    ///< kScalar: without quotes and escapes
  bool plain = false;                  ///< kScalar: written without quotes and not as a block
  std::vector<Node> keys;              ///< kMapping: scalars, as many as `items`
  std::vector<Node> items;             ///< kSequence and kMapping

  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_mapping() const { return kind == Kind::kMapping; }
  /// The value under a key, or null.
  const Node* find(std::string_view key) const;
  SourcePosition position() const { return source->position(offset); }
};

/// "text", "a list", "a mapping", "nothing".
std::string_view kind_name(Node::Kind kind);

inline constexpr size_t kMaxFileBytes = 1 << 20;
inline constexpr size_t kMaxLineBytes = 16 << 10;  ///< keeps the search for columns cheap
inline constexpr size_t kMaxYamlDepth = 32;

/// The documents of one file, in order. Those before an error are there; the error is in
/// `findings`.
std::vector<Node> parse_yaml(const SourceText& source, Findings& findings);

}  // namespace sapa
