// CEL, the Common Expression Language, in four separate stages: parse → check → compile → evaluate.
// A Program is immutable and may be shared between threads; evaluation takes its variables from an
// Activation and its memory from an Arena, and reads no clock and no other state.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/result.h"
#include "engine/base/value.h"
#include "engine/expression/conjunct.h"
#include "engine/expression/type.h"

namespace sapa::expression {

/// A finding in a source text. `offset` and `length` are bytes of the source.
struct Diagnostic {
  uint32_t offset = 0;
  uint32_t length = 0;
  std::string message;     ///< "undeclared reference to 'metrics.order'"
  std::string suggestion;  ///< "metrics.orders", or empty
};
using Diagnostics = std::vector<Diagnostic>;

/// The variables that a source may use. A name may be qualified ("metrics.orders",
/// "event.timestamp"): as in the CEL specification the longest declared prefix of a.b.c wins, the
/// rest is member access. A variable may be unset when evaluated: then reading it is the error "no
/// such key", `has(x.y)` is false and `x.?y` is empty.
class Environment {
 public:
  /// `slot` is what the Activation is asked for; several names may share one.
  void declare(std::string name, Type type, uint32_t slot);
  /// Resolution of unqualified names inside this container (conformance tests), "" by default.
  void set_container(std::string container);

  struct Variable {
    std::string name;
    Type type;
    uint32_t slot;
  };
  const Variable* find(std::string_view name) const;

  /// A function that the checker knows and evaluation does not (calling it is an error): for
  /// checking texts that are evaluated elsewhere. Functions that can be called are in
  /// function_table.cc.
  struct DeclaredOverload {
    bool member = false;
    std::vector<Type> parameters;  ///< the receiver first
    Type result;
  };
  void declare_function(std::string name, DeclaredOverload overload);
  const std::vector<DeclaredOverload>* find_function(std::string_view name) const;

  const std::vector<Variable>& variables() const { return variables_; }
  const std::string& container() const { return container_; }

 private:
  struct NameHash {
    using is_transparent = void;
    size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
  };
  std::vector<Variable> variables_;
  std::unordered_map<std::string, size_t, NameHash, std::equal_to<>> by_name_;
  std::map<std::string, std::vector<DeclaredOverload>, std::less<>> functions_;
  std::string container_;
};

/// Gives the variables' values during one evaluation.
class Activation {
 public:
  virtual ~Activation() = default;
  /// Called at most a few times per use of the variable; absent means unset.
  virtual Value load(uint32_t slot) const = 0;
};

struct Limits {
  uint32_t max_source_bytes = 64 * 1024;
  uint32_t max_depth = 128;           ///< of nesting, when parsing
  uint64_t max_steps = 1'000'000;     ///< instructions and comprehension rounds of one evaluation
  size_t max_arena_bytes = 16 << 20;  ///< memory of one evaluation
};

/// What is left for several evaluations together, beside the limits that each has.
struct Budget {
  uint64_t steps = 0;
  size_t bytes = 0;
};

/// How a variable is used: `path` are the constant members read from it ({"properties", "name"});
/// an empty path means the whole value is used (or a computed member of it).
struct Reference {
  uint32_t slot;
  std::vector<std::string> path;
};

class Program {
 public:
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;
  ~Program();

  /// An error value, never an exception, if it fails; the result's memory is the arena's or the
  /// program's.
  Value evaluate(const Activation& activation, Arena& arena) const;
  /// The same within what is left of `budget`, from which it takes what it used.
  Value evaluate(const Activation& activation, Arena& arena, Budget& budget) const;

  const Type& result_type() const;
  /// Every use of a variable, without repeats.
  const std::vector<Reference>& references() const;
  /// The parts joined by && that an index can use; empty unless compiled with `conjuncts`.
  const std::vector<Conjunct>& conjuncts() const;
  /// What Conjunct::key would be for this expression; empty unless compiled with `conjuncts`.
  const std::string& key() const;
  /// The constant that the whole program folds to, or absent.
  Value constant() const;

  struct Impl;
  explicit Program(std::unique_ptr<const Impl> impl);

 private:
  std::unique_ptr<const Impl> impl_;
};

struct CompileOptions {
  bool check = true;  ///< false: everything is dynamic, unknown overloads fail when evaluated
  Limits limits;
  bool conjuncts = false;  ///< also find Program::conjuncts
};

/// All four stages but the last. On failure `diagnostics` says why and the result is empty.
std::unique_ptr<Program> compile(std::string_view source, const Environment& environment,
                                 Diagnostics& diagnostics, const CompileOptions& options = {});

}  // namespace sapa::expression
