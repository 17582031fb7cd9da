// The syntax tree that the parser builds, the resolver completes and the checker and compiler read.
// Nodes live in the tree's arena; every node knows the bytes of the source that it came from.
// Macros are nodes of their own (kFold, kBind, kOptMap), so later stages need no pattern matching.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/value.h"

namespace sapa::expression {

struct Function;

enum class ExprKind : uint8_t {
  kConstant,  ///< `value`
  kIdent,     ///< `name`, possibly qualified after resolution
  kSelect,    ///< args[0].name
  kCall,      ///< `op` or `name` over args; a member call has its receiver in args[0]
  kList,      ///< args are the elements
  kMap,       ///< args are key, value, key, value …
  kMessage,   ///< `name` is the type; args are constant field name, value …
  kFold,      ///< a comprehension: args are range, [filter,] body
  kBind,      ///< cel.bind(name, args[0], args[1])
  kOptMap,    ///< args[0].optMap(name, args[1]), or optFlatMap when `flat`
};

enum class Operator : uint8_t {
  kNone,
  kNot,
  kNegate,
  kAnd,
  kOr,
  kConditional,
  kIndex,
  kIn,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
};

enum class FoldKind : uint8_t {
  kAll,
  kExists,
  kExistsOne,
  kMap,
  kFilter,
  kMapValues,     ///< transformMap: the old key, a new value
  kMergeEntries,  ///< transformMapEntry: the body is a map whose entries are added
};

constexpr bool is_arithmetic(Operator op) { return op >= Operator::kAdd; }
constexpr bool is_equality(Operator op) {
  return op == Operator::kEqual || op == Operator::kNotEqual;
}
constexpr bool is_ordering(Operator op) {
  return op >= Operator::kLess && op <= Operator::kGreaterEqual;
}

/// What a kIdent turned out to be.
enum class Resolution : uint8_t { kUnresolved, kVariable, kLocal, kTypeName };

struct Expr {
  ExprKind kind = ExprKind::kConstant;
  Operator op = Operator::kNone;
  FoldKind fold = FoldKind::kAll;
  Resolution resolution = Resolution::kUnresolved;
  bool optional = false;        ///< `.?f`, `[?k]`
  bool has = false;             ///< a test for presence, not a read
  bool member = false;          ///< a call in receiver style
  bool leading_dot = false;     ///< the name is absolute
  bool optional_entry = false;  ///< `?x` in a list, or the key of `?k: v` or `?f: v`
  bool flat = false;            ///< optFlatMap
  bool parenthesized = false;   ///< (a.b): never the prefix of a qualified name
  bool lenient = false;         ///< orValue() whose receiver was made optional for it
  bool constant = false;        ///< needs no variable; set by the resolver
  uint16_t depth = 1;           ///< height of this subtree
  uint32_t id = 0;              ///< dense, for side tables
  uint32_t offset = 0;          ///< what a diagnostic points at
  uint32_t length = 0;
  uint32_t begin = 0;  ///< the whole text of this node
  uint32_t end = 0;
  uint32_t index = 0;  ///< of the variable in the environment, or of the (first) local slot
  uint32_t arg_count = 0;
  Expr** args = nullptr;
  std::string_view name;
  std::string_view second_name;        ///< the second variable of a fold, if any
  Value value;                         ///< of a kConstant
  const Function* function = nullptr;  ///< null: an operator, or unknown

  bool is_operator(Operator which) const { return kind == ExprKind::kCall && op == which; }
};

class Ast {
 public:
  Ast() = default;
  Ast(Ast&&) = default;
  Ast& operator=(Ast&&) = default;

  Arena arena;
  Expr* root = nullptr;
  uint32_t node_count = 0;

  Expr* add(ExprKind kind) {
    auto* node = arena.make<Expr>();
    node->kind = kind;
    node->id = node_count++;
    return node;
  }
  void set_args(Expr* node, Expr* const* from, uint32_t count) {
    node->args = arena.array<Expr*>(count);
    node->arg_count = count;
    for (uint32_t i = 0; i < count; ++i) {
      node->args[i] = from[i];
      if (from[i]->depth >= node->depth) node->depth = static_cast<uint16_t>(from[i]->depth + 1);
    }
  }
  void set_args(Expr* node, const std::vector<Expr*>& from) {
    set_args(node, from.data(), static_cast<uint32_t>(from.size()));
  }
};

/// "+", "in", "?:" …, as a message shows it.
std::string_view operator_symbol(Operator op);
/// "_+_", "@in" …: the name in the table of functions.
std::string_view operator_function(Operator op);

}  // namespace sapa::expression
