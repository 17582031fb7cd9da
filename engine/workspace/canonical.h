// Definitions as text that is the same however they are laid out, and fingerprints of such text.
// Stored state refers to fingerprints, so neither may change.
#pragma once

#include <string>
#include <string_view>

#include "engine/workspace/workspace.h"
#include "engine/workspace/yaml_tree.h"

namespace sapa {

/// The node with the keys of its mappings in order of name; comments, quotes and layout leave no
/// trace.
std::string canonical(const Node& node);
/// Runs of white space outside quotes become one space.
std::string canonical_expression(std::string_view source);
/// A selector's names in order, a window, …: parts, each with its length, so that no two lists of
/// parts read the same.
std::string canonical_parts(std::initializer_list<std::string_view> parts);
std::string canonical(const EventSelector& events);
std::string canonical(const MetricWindow& window);

/// Never zero.
Fingerprint fingerprint_of(std::string_view canonical_text);
/// The upper half of a text's 64-bit hash is its fingerprint; the lower half is another one, for
/// texts whose fingerprints are the same.
Fingerprint fingerprint_of_hash(uint64_t hash);
Fingerprint other_fingerprint_of_hash(uint64_t hash);
/// The upper `digits` (at most 16) hexadecimal digits of the text's 64-bit hash.
std::string hex_fingerprint(std::string_view canonical_text, int digits);

}  // namespace sapa
