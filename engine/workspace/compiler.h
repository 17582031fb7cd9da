// Conditions, expressions and texts of YAML scalars → programs. Every finding of the expression
// library is turned into a finding in the file, at the exact place within the scalar, and in the
// author's words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "engine/workspace/findings.h"
#include "engine/workspace/scope.h"
#include "engine/workspace/yaml_tree.h"

namespace sapa {

class Compiler {
 public:
  explicit Compiler(Findings& findings) : findings_(findings) {}

  /// All names of the workspace, for messages: those that a scope does not hold yet included.
  std::vector<std::string> metric_names, segment_names;

  /// Null after reporting. A condition's type is bool, or not known before it is evaluated.
  ProgramPtr condition(const Node& node, std::string_view what, const Scope& scope);
  ProgramPtr expression(const Node& node, std::string_view what, const Scope& scope);
  /// Text with expressions inside `{{ }}`.
  std::optional<TextTemplate> text(const Node& node, std::string_view what, const Scope& scope);

 private:
  struct Piece;  // of a scalar: where an expression stands in it
  ProgramPtr compile(const Piece& piece, const Scope& scope, bool indexed);
  bool report_forbidden(const Piece& piece, const Scope& scope);
  void report(const Piece& piece, const Scope& scope, const expression::Diagnostic& diagnostic);
  void report_undeclared(const Piece& piece, const Scope& scope, const NameChain& chain);
  void warn_of_undeclared_property(const Piece& piece, const Scope& scope, const NameChain& chain);
  void warn_of_likely_typos(const Piece& piece, const Scope& scope);
  void error(const Piece& piece, uint32_t offset, uint32_t length, std::string message,
             std::string suggestion = {});

  Findings& findings_;
  /// Of what stands in several campaigns: by scope, use and text.
  absl::flat_hash_map<std::string, ProgramPtr> known_;
};

}  // namespace sapa
