#include "engine/workspace/compiler.h"

#include <algorithm>

#include "engine/workspace/node_reading.h"
#include "engine/workspace/scalar_offsets.h"

namespace sapa {

using expression::Diagnostic;
using expression::TypeKind;

struct Compiler::Piece {
  const Node& node;
  size_t begin;  ///< in node.text
  std::string_view source;
};

namespace {

/// Where `}}` ends the expression that begins at `at`; strings and braces inside it do not. npos if
/// nowhere.
size_t find_end(std::string_view text, size_t at) {
  int depth = 0;
  char quote = '\0';
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (quote != '\0') {
      if (c == '\\') ++at;
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && depth > 0) {
      --depth;
    } else if (c == '}' && at + 1 < text.size() && text[at + 1] == '}') {
      return at;
    }
  }
  return std::string_view::npos;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

/// Names in a message of the expression library, quoted as all names in findings are.
std::string in_our_quotes(std::string message) {
  for (size_t open = message.find('\''); open != std::string::npos;) {
    size_t close = message.find('\'', open + 1);
    if (close == std::string::npos) break;
    if (close > open + 1) message[open] = message[close] = '`';
    open = message.find('\'', close + 1);
  }
  return message;
}

/// "lastSeen", "last_seen" and "LastSeen" are alike.
std::string squeezed(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (c == '_') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

bool matches(const NameChain& chain, std::string_view name) {
  size_t dot = name.find('.');
  if (chain.parts[0].name != name.substr(0, dot)) return false;
  return dot == std::string_view::npos ||
         (chain.parts.size() > 1 && chain.parts[1].name == name.substr(dot + 1));
}

const Scope::Forbidden* find_forbidden(const Scope& scope, const NameChain& chain) {
  for (const Scope::Forbidden& forbidden : scope.forbidden) {
    if (matches(chain, forbidden.name)) return &forbidden;
  }
  return nullptr;
}

const NameChain* chain_at(const std::vector<NameChain>& chains, uint32_t offset) {
  for (const NameChain& chain : chains) {
    if (chain.begin <= offset && offset < chain.end) return &chain;
  }
  return nullptr;
}

bool can_be_text(const expression::Type& type) {
  switch (type.kind) {
    case TypeKind::kList:
    case TypeKind::kMap:
    case TypeKind::kType:
    case TypeKind::kNull:
      return false;
    case TypeKind::kOptional:
      return type.parameters == nullptr || type.parameters->empty() ||
             can_be_text(type.parameters->front());
    default:
      return true;
  }
}

}  // namespace

void Compiler::error(const Piece& piece, uint32_t offset, uint32_t length, std::string message,
                     std::string suggestion) {
  if (findings_.full()) {  // still counts, but need not be placed
    return findings_.error(piece.node, std::move(message), std::move(suggestion));
  }
  std::vector<uint32_t> offsets = scalar_offsets(piece.node);
  size_t begin = std::min(piece.begin + offset, offsets.size() - 1);
  size_t end = std::min(begin + std::max<uint32_t>(length, 1), offsets.size() - 1);
  uint32_t bytes = offsets[end] > offsets[begin] ? offsets[end] - offsets[begin] : 1;
  findings_.error(*piece.node.source, offsets[begin], bytes, std::move(message),
                  std::move(suggestion));
}

ProgramPtr Compiler::condition(const Node& node, std::string_view what, const Scope& scope) {
  if (!read_text(node, what, findings_)) return nullptr;
  ProgramPtr program = compile({node, 0, node.text}, scope, true);
  if (!program) return nullptr;
  const expression::Type& type = program->result_type();
  if (type.kind == TypeKind::kBool || type.kind == TypeKind::kDyn) return program;
  findings_.error(
      node, std::string(what) + " must be true or false, but this is of type " + type.to_string());
  return nullptr;
}

ProgramPtr Compiler::expression(const Node& node, std::string_view what, const Scope& scope) {
  if (!read_text(node, what, findings_)) return nullptr;
  return compile({node, 0, node.text}, scope, false);
}

std::optional<TextTemplate> Compiler::text(const Node& node, std::string_view what,
                                           const Scope& scope) {
  if (!read_text(node, what, findings_)) return std::nullopt;
  TextTemplate out;
  std::string_view text = node.text;
  size_t errors_before = findings_.errors();
  size_t at = 0;
  while (true) {
    size_t open = text.find("{{", at);
    out.literals.emplace_back(text.substr(at, open - at));
    if (open == std::string_view::npos) break;
    size_t begin = open + 2;
    size_t end = find_end(text, begin);
    if (end == std::string_view::npos) {
      error({node, open, text.substr(open)}, 0, 2, "this {{ has no }}");
      return std::nullopt;
    }
    Piece piece{node, begin, text.substr(begin, end - begin)};
    if (is_blank(piece.source)) {
      error({node, open, text.substr(open)}, 0, 2, "there is nothing between {{ and }}");
    } else if (ProgramPtr program = compile(piece, scope, false)) {
      if (!can_be_text(program->result_type())) {
        size_t first = piece.source.find_first_not_of(" \t\r\n");
        error(
            piece, static_cast<uint32_t>(first), 1,
            "a value of type " + program->result_type().to_string() + " can't be put into a text");
      }
      out.expressions.push_back(std::move(program));
    }
    at = end + 2;
  }
  if (findings_.errors() > errors_before) return std::nullopt;
  return out;
}

ProgramPtr Compiler::compile(const Piece& piece, const Scope& scope, bool indexed) {
  std::string key;
  if (scope.id != 0) {
    key = std::to_string(scope.id) + (indexed ? 'i' : ' ');
    key += piece.source;
    if (auto known = known_.find(key); known != known_.end()) {
      warn_of_likely_typos(piece, scope);
      return known->second;
    }
  }
  bool forbidden = report_forbidden(piece, scope);
  expression::Diagnostics diagnostics;
  expression::CompileOptions options;
  options.conjuncts = indexed;
  ProgramPtr program = expression::compile(piece.source, scope.environment, diagnostics, options);
  if (program == nullptr) {
    for (const Diagnostic& diagnostic : diagnostics) report(piece, scope, diagnostic);
    if (diagnostics.empty() && !forbidden) error(piece, 0, 1, "this cannot be compiled");
    return nullptr;
  }
  if (forbidden) return nullptr;
  warn_of_likely_typos(piece, scope);
  if (scope.id != 0) known_.emplace(std::move(key), program);
  return program;
}

bool Compiler::report_forbidden(const Piece& piece, const Scope& scope) {
  if (scope.forbidden.empty()) return false;
  bool any = false;
  for (const NameChain& chain : name_chains(piece.source)) {
    const Scope::Forbidden* forbidden = find_forbidden(scope, chain);
    if (forbidden == nullptr) continue;
    bool qualified = forbidden->name.find('.') != std::string::npos;
    uint32_t end = qualified
                       ? chain.parts[1].offset + static_cast<uint32_t>(chain.parts[1].name.size())
                       : chain.end;
    error(piece, chain.begin, end - chain.begin, forbidden->why);
    any = true;
  }
  return any;
}

void Compiler::report(const Piece& piece, const Scope& scope, const Diagnostic& diagnostic) {
  if (diagnostic.message.starts_with("undeclared reference")) {
    std::vector<NameChain> chains = name_chains(piece.source);
    if (const NameChain* chain = chain_at(chains, diagnostic.offset)) {
      bool function = diagnostic.message.find("()") != std::string::npos;
      if (find_forbidden(scope, *chain) != nullptr) return;  // reported with its reason
      if (!function) return report_undeclared(piece, scope, *chain);
    }
  }
  error(piece, diagnostic.offset, diagnostic.length, in_our_quotes(diagnostic.message),
        diagnostic.suggestion);
}

void Compiler::report_undeclared(const Piece& piece, const Scope& scope, const NameChain& chain) {
  std::string_view root = chain.parts[0].name;
  bool is_metric = root == "metrics", is_segment = root == "segments";
  if ((is_metric || is_segment) && chain.parts.size() > 1) {
    const NameChain::Part& part = chain.parts[1];
    const auto& names = is_metric ? metric_names : segment_names;
    auto length = static_cast<uint32_t>(part.name.size());
    if (std::find(names.begin(), names.end(), part.name) != names.end()) {
      return error(piece, part.offset, length,
                   "segment " + quoted(part.name) +
                       " is defined further down; a segment reads only those before it");
    }
    return error(
        piece, part.offset, length,
        std::string(is_metric ? "unknown metric " : "unknown segment ") + quoted(part.name),
        findings_.nearest(part.name, names));
  }
  auto length = static_cast<uint32_t>(root.size());
  if (is_metric || is_segment) {
    return error(piece, chain.begin, length,
                 quoted(root) + " alone is no value; name one, such as " + std::string(root) +
                     (is_metric ? ".orders" : ".big_spender"));
  }
  auto is_known = [&](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), root) != names.end();
  };
  if (is_known(metric_names) || is_known(segment_names)) {
    return error(piece, chain.begin, length, "unknown variable " + quoted(root),
                 (is_known(metric_names) ? "metrics." : "segments.") + std::string(root));
  }
  std::vector<std::string> roots;
  for (const auto& variable : scope.environment.variables()) {
    std::string name = variable.name.substr(0, variable.name.find('.'));
    if (std::find(roots.begin(), roots.end(), name) == roots.end()) roots.push_back(name);
  }
  error(piece, chain.begin, length, "unknown variable " + quoted(root),
        findings_.nearest(root, roots));
}

/// A declared event may have further properties, but one that is spelt almost like a declared one
/// is hardly meant.
void Compiler::warn_of_undeclared_property(const Piece& piece, const Scope& scope,
                                           const NameChain& chain) {
  if (scope.event_properties.empty() || chain.parts.size() < 3) return;
  if (chain.parts[0].name != "event" || chain.parts[1].name != "properties") return;
  const NameChain::Part& part = chain.parts[2];
  const auto& known = scope.event_properties;
  if (std::find(known.begin(), known.end(), part.name) != known.end()) return;
  std::string nearest = findings_.nearest(part.name, known);
  if (nearest.empty()) return;
  std::vector<uint32_t> offsets = scalar_offsets(piece.node);
  size_t at = std::min(piece.begin + part.offset, offsets.size() - 1);
  findings_.warning(*piece.node.source, offsets[at], static_cast<uint32_t>(part.name.size()),
                    "the event declares no property " + quoted(part.name), nearest);
}

/// `event` and `customer` are open maps, so a misspelt `event.propertes` is no error; it is hardly
/// meant, though.
void Compiler::warn_of_likely_typos(const Piece& piece, const Scope& scope) {
  if (findings_.full()) return;
  for (const NameChain& chain : name_chains(piece.source)) {
    std::string_view root = chain.parts[0].name;
    if (chain.parts.size() < 2 || (root != "event" && root != "customer")) continue;
    warn_of_undeclared_property(piece, scope, chain);
    const NameChain::Part& part = chain.parts[1];
    std::string full = std::string(root) + "." + std::string(part.name);
    if (scope.environment.find(full) != nullptr) continue;
    for (const std::string& field : scope.own_fields) {
      if (!field.starts_with(root) || field[root.size()] != '.') continue;
      std::string known = field.substr(root.size() + 1);
      bool alike = squeezed(known) == squeezed(part.name);
      bool close = root == "event" && known.size() > 5 && edit_distance(known, part.name) <= 2;
      if (!alike && !close) continue;
      std::vector<uint32_t> offsets = scalar_offsets(piece.node);
      size_t at = std::min(piece.begin + part.offset, offsets.size() - 1);
      findings_.warning(*piece.node.source, offsets[at], static_cast<uint32_t>(part.name.size()),
                        quoted(full) + " is not one of the engine's own fields", field);
    }
  }
}

}  // namespace sapa
