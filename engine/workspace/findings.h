// What is wrong with a workspace, collected while it is read. Gives every finding its place, its
// line and, where a name is unknown, the nearest known one. Stops collecting at a bound, so that
// hostile files stay cheap.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/workspace/loader.h"
#include "engine/workspace/source_text.h"

namespace sapa {

struct Node;

class Findings {
 public:
  void error(const SourceText& source, uint32_t offset, uint32_t bytes, std::string message,
             std::string suggestion = {});
  void warning(const SourceText& source, uint32_t offset, uint32_t bytes, std::string message,
               std::string suggestion = {});
  /// At a whole node.
  void error(const Node& node, std::string message, std::string suggestion = {});
  void warning(const Node& node, std::string message, std::string suggestion = {});

  /// No more are taken in: what an author would have to be told can be left out now.
  bool full() const { return findings_.size() >= kMaxFindings; }
  bool has_errors() const { return errors_ > 0; }
  size_t errors() const { return errors_; }
  /// The candidate nearest to `name` by edit distance, or empty if none is near.
  std::string nearest(std::string_view name, const std::vector<std::string>& candidates) const;
  /// All of them in order of file and place, without repeats.
  std::vector<Finding> take();

 private:
  static constexpr size_t kMaxFindings = 500;

  void add(Finding::Severity severity, const SourceText& source, uint32_t offset, uint32_t bytes,
           std::string message, std::string suggestion);

  std::vector<Finding> findings_;
  size_t errors_ = 0;
};

/// Insertions, deletions, replacements and swaps of neighbours that turn one into the other;
/// letters' case costs nothing.
size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace sapa
